#!lua flags=no-writes
--[[
The place of a waiting contact.

ARGV  contact_id
ok    position, class position, waiting, enqueue time
err   RESOURCE_NOT_FOUND, WRONG_STATE
]]
local prefix = unpack(KEYS)
local contact_id = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/read_document"

local contact = read_document(key('contact', contact_id))
if not contact then return refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id)) end
if contact.state ~= 'QUEUED' then
  return refuse('WRONG_STATE', 'name', name('contacts', contact_id), 'state', contact.state)
end
return ok(redis.call('ZRANK', key('queue'), contact_id) + 1,
  redis.call('ZRANK', key('class', contact.class), contact_id) + 1,
  redis.call('ZCARD', key('queue')), contact.enqueue)
