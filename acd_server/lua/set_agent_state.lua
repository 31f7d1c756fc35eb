#!lua
--[[
Sets an agent's presence.

ARGV  agent_id, presence, reason, request_id, fingerprint
ok    agent
err   RESOURCE_NOT_FOUND, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, presence, reason, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/load_agent"
-- @include "lib/set_presence"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local agent = load_agent(agent_id)
if not agent then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
if agent.presence == presence and agent.reason == reason then
  touch()
else
  set_presence(agent, presence, reason)
end
return remember(request_id, fingerprint, ok(read_text(key('agent', agent_id))))
