#!lua
--[[
Takes a skill from an agent. Offers already made stand.

ARGV  agent_id, skill_id, request_id, fingerprint
ok    agent
err   RESOURCE_NOT_FOUND, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, skill_id, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/stamp"
-- @include "lib/load_agent"
-- @include "lib/drop_skill"
-- @include "lib/commit"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local agent = load_agent(agent_id)
if not agent then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
if drop_skill(agent, skill_id) then
  commit('AGENT_UPDATED', stamp(), {agent = agent})
else
  touch()
end
return remember(request_id, fingerprint, ok(read_text(key('agent', agent_id))))
