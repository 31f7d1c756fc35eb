#!lua flags=allow-oom
--[[
Ends wrap-up.

ARGV  contact_id, number, request_id, fingerprint
ok    contact, number, attributes
err   RESOURCE_NOT_FOUND, STALE_ASSIGNMENT, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, number, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/quoted"
-- @include "lib/not_now"
-- @include "lib/stamp"
-- @include "lib/load_agent"
-- @include "lib/finish"
-- @seldom "lib/after_work"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local contact, assignment, refusal = quoted(contact_id, tonumber(number))
if refusal then return refusal end
if assignment.state == 'WRAP_UP' then
  local agent = load_agent(assignment.agent)
  finish(contact, assignment, agent, stamp())
  if agent.next then after_work(agent) end
elseif assignment.state == 'COMPLETED' or assignment.state == 'TRANSFERRED' then
  touch()
else
  return not_now(contact, assignment)
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id), number))
return contact_reply(reply, contact_id)
