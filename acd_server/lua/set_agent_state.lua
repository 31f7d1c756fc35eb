#!lua
--[[
Sets an agent's presence, at once or when nothing is held any more. The last command wins.

ARGV  agent_id, presence, reason, after_work (0 or 1), request_id, fingerprint
ok    agent
err   RESOURCE_NOT_FOUND, UNKNOWN_REASON, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, presence, reason, after_work, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/load_agent"
-- @include "lib/check_reason"
-- @include "lib/set_presence"
-- @include "lib/next_presence"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local agent = load_agent(agent_id)
if not agent then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
local unknown = check_reason(presence, reason)
if unknown then return unknown end
local is_now = agent.presence == presence and agent.reason == reason
local is_next = agent.next and agent.next.presence == presence and agent.next.reason == reason
if after_work == '1' and #agent.held > 0 and not is_now then
  if is_next then touch() else next_presence(agent, presence, reason) end
elseif is_now and not agent.next then
  touch()
else
  set_presence(agent, presence, reason)
end
return remember(request_id, fingerprint, ok(read_text(key('agent', agent_id))))
