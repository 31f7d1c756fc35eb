-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/commit"
-- Moves the end of a wrap-up. After a transfer the contact may have ended already; it is
-- not forgotten before.
local function extend(contact, assignment, ends)
  local at = stamp()
  assignment.deadline = us(ends)
  schedule('wrap:' .. contact.id .. ':' .. assignment.n, ends)
  if contact.ended ~= '' then redis.call('ZADD', key('deadlines'), 'GT', us(ends + 1), 'retain:' .. contact.id) end
  commit('WRAP_UP_EXTENDED', at, {contact = contact, assignment = assignment.n})
end
