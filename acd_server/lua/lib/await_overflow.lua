-- @include "lib/next_overflow"
-- @include "lib/schedule"
-- Sets the deadline of a queued contact's next overflow rule; one that came due meanwhile fires at once.
local function await_overflow(contact, at)
  local _, due = next_overflow(contact)
  if due then schedule('overflow:' .. contact.id, math.max(at, due)) end
end
