-- @include "lib/stamp"
-- @include "lib/us"
-- @include "lib/take_step"
-- @include "lib/leave_class"
-- @include "lib/join_class"
-- @include "lib/write_contact"
-- @include "lib/commit"
-- A bar or a relaxation step of a queued contact is over, by its time or, with `skip`, since nobody could
-- satisfy it: it moves to its next class, with its rank. Steps that begin are one event, whatever their
-- number, and true is returned; a bar's end is none.
local function move_on(contact, skip)
  local at, before = stamp(), contact.step
  leave_class(contact)
  if skip and tonumber(contact.step_due) > at then take_step(contact, at) end
  join_class(contact, at)
  if contact.step == before then
    write_contact(contact)
    redis.call('HSET', key('clock'), 'stamp', us(at))
    return false
  end
  commit('CONTACT_RELAXED', at, {contact = contact})
  return true
end
