-- @include "lib/us"
-- @include "lib/schedule"
-- @include "lib/policy"
-- Brings a contact to its last state; a deadline forgets it after the retention.
local function end_contact(contact, state, reason, at)
  contact.state, contact.reason, contact.ended = state, reason, us(at)
  schedule('retain:' .. contact.id, at + policy('retention'))
end
