-- @include "lib/reply"
-- @include "lib/encode"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/may_match"
-- @include "lib/parse_requirement"
-- @include "lib/load_contact"
-- @include "lib/load_agent"
-- @seldom "lib/meet_classes"
-- @include "lib/best_agent"
-- @seldom "lib/chooser"
-- @include "lib/wanted_before"
-- @include "lib/offer"
-- @include "lib/do_what_is_due"
-- Every class may look at so many, whatever those before it have used: or a contact that nobody can
-- take would hold up all behind it for as long as its walk through the available agents lasts.
local LEAST = 20
-- Pairs waiting contacts with available agents, in rank order: the contact with the best
-- rank gets the agent, of those it could take, whom the center's strategy chooses.
--
-- Work per call is bounded: max_pairs pairs and overflow rules, 64 classes, 100 agents walked,
-- 200 stale candidates, some 500 classes compared with those who became free; with a strategy that
-- compares, 200 walked and 600 compared. A class whose best agent is not known yet is passed over, and so is every
-- agent that it could take, so that no younger contact gets ahead of it, nor chooses among others than it would after it.
--
-- Returns a reply: ok with more (0 or 1), then contact id and assignment (JSON) of each pair; or a refusal.
local function match(max_pairs)
  local state, strategy = unpack(redis.call('HMGET', key('center'), 'state', 'strategy'))
  if not state then return refuse('RESOURCE_NOT_FOUND', 'name', name()) end
  if state == 'CLOSED' or not may_match() then return ok(0) end
  local pairs_left = max_pairs - do_what_is_due(max_pairs)
  if pairs_left <= 0 then return ok(1) end
  -- Who is not known to all classes yet may be due to an older contact than any that is marked.
  if redis.call('EXISTS', key('unmet')) == 1 and not meet_classes() then return ok(1) end

  local plain = not strategy or strategy == '' or strategy == 'LONGEST_AVAILABLE'
  local budget = {agents = plain and 100 or 200, candidates = 200, compared = plain and math.huge or 600}
  local find = plain and best_agent or chooser()
  local undecided = {}
  local parsed = {}

  local reply, passed, classes = ok(0), 0, 0
  while pairs_left > 0 and classes < 64 and budget.compared > 0 do
    local class_id = redis.call('ZRANGE', key('marked'), passed, passed)[1]
    if not class_id then break end
    classes = classes + 1
    local class = parsed[class_id] or parse_requirement(redis.call('HGET', key('classes'), class_id))
    parsed[class_id] = class
    budget.agents, budget.candidates = math.max(budget.agents, LEAST), math.max(budget.candidates, LEAST)
    local agent_id, known, rivals = find(class_id, class, budget, strategy)
    if not known or (agent_id and wanted_before(rivals or {agent_id}, undecided, budget)) then
      undecided[#undecided + 1] = class
      passed = passed + 1
    elseif agent_id then
      local contact = load_contact(redis.call('ZRANGE', key('class', class_id), 0, 0)[1])
      redis.call('ZREM', key('candidates', class_id), agent_id)
      local agent = load_agent(agent_id)
      local assignment = offer(contact, agent)
      reply[#reply + 1], reply[#reply + 2] = contact.id, encode(assignment)
      pairs_left = pairs_left - 1
      -- He can take more, and may have to be made known again.
      if agent.room and redis.call('EXISTS', key('unmet')) == 1 then break end
    else
      redis.call('ZREM', key('marked'), class_id)
    end
  end
  reply[2] = redis.call('EXISTS', key('marked'), key('unmet')) > 0 and 1 or 0
  return reply
end
