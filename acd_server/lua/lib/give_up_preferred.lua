-- @include "lib/unschedule"
-- A contact no longer holds out for preferred agents, for this reason (PreferenceEnd).
local function give_up_preferred(contact, reason)
  if not contact.preferred then return end
  contact.named, contact.preferred_until, contact.preference = nil, nil, reason
  unschedule('preferred:' .. contact.id)
end
