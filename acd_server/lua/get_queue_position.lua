#!lua flags=no-writes
--[[
The place of a waiting contact, and how long it will probably wait.

ARGV  contact_id
ok    position, class position, waiting, enqueue time, estimated wait in us ('' when unknown),
      handle time in us ('' for none), handled, active agents, available agents, queued (the
      last three with fractions), complete (0 or 1)
err   RESOURCE_NOT_FOUND, WRONG_STATE
]]
local prefix = unpack(KEYS)
local contact_id = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/now"
-- @include "lib/read_contact"
-- @include "lib/estimate_wait"

local contact = read_contact(contact_id)
if not contact then return refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id)) end
if contact.state ~= 'QUEUED' then
  return refuse('WRONG_STATE', 'name', name('contacts', contact_id), 'state', contact.state)
end
local before = redis.call('ZRANK', key('queue'), contact_id)
local found = estimate_wait(contact, before, now())
local open = redis.call('HGET', key('center'), 'state') == 'OPEN'
local function fraction(number) return string.format('%.4f', number) end
local function rounded(number) return string.format('%.0f', number) end
return ok(before + 1,
  redis.call('ZRANK', key('class', contact.class), contact_id) + 1,
  redis.call('ZCARD', key('queue')), contact.enqueue,
  open and found.wait and rounded(found.wait) or '', found.handle_time and rounded(found.handle_time) or '', found.handled,
  fraction(found.active), fraction(found.available), fraction(found.queued), found.complete and 1 or 0)
