#!lua
--[[
Gives a contact that is not served yet another priority, and another credit if one is given.

ARGV  contact_id, priority, credit (us, '' leaves it), request_id, fingerprint
ok    contact, attributes
err   RESOURCE_NOT_FOUND, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, priority, credit, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/load_contact"
-- @include "lib/reprioritize"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

local WAITS = {SCHEDULED = true, QUEUED = true, OFFERED = true}

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local contact = load_contact(contact_id)
if not contact then return refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id)) end
if not WAITS[contact.state] then
  return refuse('WRONG_STATE', 'name', name('contacts', contact_id), 'state', contact.state)
end
if credit == '' then credit = contact.credit or '0' end
if contact.priority == tonumber(priority) and (contact.credit or '0') == credit then
  touch()
else
  reprioritize(contact, tonumber(priority), credit ~= '0' and credit or nil, 'CONTACT_REPRIORITIZED')
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id)))
return contact_reply(reply, contact_id)
