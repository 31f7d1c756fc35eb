#!lua flags=allow-oom
--[[
The API takes back a contact that waits or is offered.

ARGV  contact_id, request_id, fingerprint
ok    contact, attributes
err   RESOURCE_NOT_FOUND, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/leave_by_verb"

return leave_by_verb(contact_id, 'CANCELED', 'CANCELED', request_id, fingerprint)
