#!lua
--[[
Pairs waiting contacts with available agents, in rank order: the contact with the best
rank gets the agent, of those it could take, who has been available longest.

Work per call is bounded: max_pairs pairs and overflow rules, 64 classes, 100 agents walked, 200 stale
candidates. A class whose best agent is not known yet is passed over, and so is
every agent that it could take, so that no younger contact gets ahead of it.

ARGV  max_pairs
ok    more (0 or 1), then contact id and assignment (JSON) of each pair
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local max_pairs = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/encode"
-- @include "lib/center_state"
-- @include "lib/may_match"
-- @include "lib/parse_requirement"
-- @include "lib/satisfies"
-- @include "lib/best_agent"
-- @include "lib/load_contact"
-- @include "lib/lift_due_bars"
-- @include "lib/load_agent"
-- @include "lib/offer"

local state, refusal = center_state()
if not state then return refusal end
if state == 'CLOSED' or not may_match() then return ok(0) end
local pairs_left = tonumber(max_pairs)
pairs_left = pairs_left - lift_due_bars(pairs_left)

local budget = {agents = 100, candidates = 200}
local undecided = {}

local function wanted_before(agent_id)
  if #undecided == 0 then return false end
  local text = redis.call('HGET', key('agent_skills'), agent_id)
  for _, class in ipairs(undecided) do
    local open = redis.call('ZSCORE', key('available', class.channel), agent_id)
    if open and satisfies(agent_id, text, class) then return true end
  end
  return false
end

local reply, passed, classes = ok(0), 0, 0
while pairs_left > 0 and classes < 64 do
  local class_id = redis.call('ZRANGE', key('marked'), passed, passed)[1]
  if not class_id then break end
  classes = classes + 1
  local class = parse_requirement(redis.call('HGET', key('classes'), class_id))
  local agent_id, known = best_agent(class_id, class, budget)
  if not known or (agent_id and wanted_before(agent_id)) then
    undecided[#undecided + 1] = class
    passed = passed + 1
  elseif agent_id then
    local contact = load_contact(redis.call('ZRANGE', key('class', class_id), 0, 0)[1])
    redis.call('ZREM', key('candidates', class_id), agent_id)
    local assignment = offer(contact, load_agent(agent_id))
    reply[#reply + 1], reply[#reply + 2] = contact.id, encode(assignment)
    pairs_left = pairs_left - 1
  else
    redis.call('ZREM', key('marked'), class_id)
  end
end
reply[2] = redis.call('EXISTS', key('marked'))
return reply
