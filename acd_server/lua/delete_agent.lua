#!lua
--[[
Deletes an agent. An open offer is revoked.

ARGV  agent_id, request_id, fingerprint
ok
err   RESOURCE_NOT_FOUND, AGENT_HAS_WORK, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/load_agent"
-- @include "lib/set_presence"
-- @include "lib/set_skills"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local agent = load_agent(agent_id)
if not agent then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
for _, held in ipairs(agent.held) do
  if held.state ~= 'OFFERED' then return refuse('AGENT_HAS_WORK', 'name', name('agents', agent_id)) end
end

if agent.presence ~= 'OFFLINE' then set_presence(agent, 'OFFLINE', '') end
local last = agent.skills
set_skills(agent, {})
agent.skills = last
commit('AGENT_DELETED', stamp(), {agent = agent})
redis.call('DEL', key('agent', agent_id))
redis.call('ZREM', key('agents'), agent_id)
redis.call('ZREM', key('agents', 'OFFLINE'), agent_id)
redis.call('HDEL', key('agent_skills'), agent_id)
for _, channel in ipairs(agent.room and CHANNELS or {}) do redis.call('SREM', key('excluded', channel), agent_id) end
redis.call('ZREM', key('loads'), agent_id)
redis.call('ZREM', key('last_offers'), agent_id)
return remember(request_id, fingerprint, ok())
