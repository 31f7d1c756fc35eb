-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/load_contact"
-- @include "lib/leave"
-- @include "lib/move_on"
-- @include "lib/give_up_target"
-- @include "lib/stop_holding_out"
-- @include "lib/begin"
-- @include "lib/commit"
-- The deadlines of a contact: maxwait (the wait is over; extended by the delay when the
-- router is late), begin (its scheduled time has come), target
-- (a named agent is given up), preferred (those held out for are), bar and step (an agent may be offered it
-- again, a relaxation step begins: it moves to its next class) and retain (an ended contact is forgotten).
local MOVES = {bar = true, step = true}
local function fire_contact(kind, contact_id, late)
  local contact = load_contact(contact_id)
  if kind == 'retain' then
    redis.call('ZREM', key('contacts'), contact_id)
    if contact then redis.call('ZREM', key('contacts', contact.state), contact_id) end
    redis.call('UNLINK', key('contact', contact_id), key('attributes', contact_id))
  elseif contact and contact.state == 'QUEUED' and kind == 'maxwait' and late then
    local at = stamp()
    contact.expire = us(at + late)
    schedule('maxwait:' .. contact_id, at + late)
    commit('CONTACT_EXTENDED', at, {contact = contact})
  elseif contact and contact.state == 'QUEUED' and kind == 'maxwait' then
    leave(contact, 'EXPIRED', contact.in_window and 'WINDOW_OVER' or 'MAX_WAIT', stamp())
  elseif contact and contact.state == 'QUEUED' and kind == 'target' then
    local at = stamp()
    leave_class(contact)
    give_up_target(contact)
    join_class(contact, at)
    commit('CONTACT_UPDATED', at, {contact = contact})
  elseif contact and contact.state == 'QUEUED' and kind == 'preferred' then
    stop_holding_out(contact, 'TIME_OVER')
  elseif contact and contact.state == 'SCHEDULED' and kind == 'begin' then
    begin(contact, late)
  elseif contact and contact.state == 'QUEUED' and MOVES[kind] then
    move_on(contact)
    wake()
  end
  return 1
end
