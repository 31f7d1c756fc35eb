#!lua flags=allow-oom
--[[
The agent takes the contact offered.

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
-- @include "lib/accept"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local contact, assignment, refusal = quoted(contact_id, tonumber(number))
if refusal then return refusal end
if assignment.state == 'OFFERED' then
  accept(contact, assignment, load_agent(assignment.agent), stamp())
elseif assignment.state == 'ACTIVE' then
  touch()
else
  return not_now(contact, assignment)
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id), number))
return contact_reply(reply, contact_id)
