#!lua
--[[
Creates an agent, OFFLINE.

ARGV  agent_id, display_name, skills (JSON list of {skill, level}), capacity (JSON: capacity,
      costs by channel as {cost, most}; each optional), max_agents, request_id, fingerprint
ok    agent
err   RESOURCE_NOT_FOUND, RESOURCE_EXISTS, SKILL_DELETING, LIMIT_EXCEEDED, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, display_name, skills, capacity, max_agents, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/stamp"
-- @include "lib/center_state"
-- @include "lib/check_skills"
-- @include "lib/set_skills"
-- @include "lib/set_room"
-- @include "lib/commit"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local state, refusal = center_state()
if not state then return refusal end
if redis.call('EXISTS', key('agent', agent_id)) == 1 then
  return refuse('RESOURCE_EXISTS', 'name', name('agents', agent_id))
end
local given = cjson.decode(skills)
local missing = check_skills(given)
if missing then return missing end
if redis.call('ZCARD', key('agents')) >= tonumber(max_agents) then
  return refuse('LIMIT_EXCEEDED', 'name', name() .. '/agents', 'limit', max_agents)
end

local at = stamp()
local agent = {
  id = agent_id, display_name = display_name, skills = {}, presence = 'OFFLINE', reason = '', since = us(at),
  held = {}, idle = '', create = us(at),
}
local own = cjson.decode(capacity)
agent.capacity, agent.costs = own.capacity, own.costs
set_room(agent)
redis.call('ZADD', key('agents'), 0, agent_id)
set_skills(agent, given)
commit('AGENT_CREATED', at, {agent = agent})
return remember(request_id, fingerprint, ok(read_text(key('agent', agent_id))))
