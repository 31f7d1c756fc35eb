-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/wait_ends"
-- @include "lib/named_skills"
-- @include "lib/nth_at"
-- @include "lib/take_place"
-- @include "lib/renew_overflow"
-- @include "lib/hold_out"
-- @include "lib/enter_queue"
-- @include "lib/commit"
-- The time of a scheduled contact has come: it takes its place in the queue by that time, also when
-- the router is late; the time it may wait is extended by the delay then. Many may have asked for the
-- same time: each is a microsecond behind the one before. So no place is later than the moment in
-- which it is taken, and whoever is enqueued after it is behind it.
local function begin(contact, late)
  local at, due = stamp(), tonumber(contact.schedule)
  contact.place = us(due + nth_at(due))
  take_place(contact, tonumber(contact.place))
  contact.enqueue, contact.in_window = us(at), contact.window and true or nil
  contact.expire = us((contact.window and due + contact.window or wait_ends(contact, at)) + (late or 0))
  redis.call('ZADD', key('contacts'), contact.enqueue, contact.id)
  if contact.owner ~= '' then redis.call('ZADD', key('owner', contact.owner), contact.enqueue, contact.id) end
  for _, skill_id in ipairs(named_skills(contact)) do
    redis.call('ZADD', key('skill_contacts', skill_id), contact.enqueue, contact.id)
  end
  renew_overflow(contact, at)
  hold_out(contact, at)
  enter_queue(contact, at)
  commit('CONTACT_QUEUED', at, {contact = contact})
end
