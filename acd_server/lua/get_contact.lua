#!lua flags=no-writes
--[[
Reads a contact.

ARGV  contact_id
ok    contact, attributes
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local contact_id = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/contact_reply"

local text = read_text(key('contact', contact_id))
if not text then return refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id)) end
return contact_reply(ok(text), contact_id)
