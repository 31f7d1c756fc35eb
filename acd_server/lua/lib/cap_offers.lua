-- @include "lib/policy"
-- @include "lib/stamp"
-- @include "lib/leave"
-- Ends a queued contact that was declined and missed as often as the center allows.
local function cap_offers(contact)
  local most = policy('max_offers')
  if most > 0 and contact.attempts >= most then leave(contact, 'EXPIRED', 'MAX_OFFERS', stamp()) end
end
