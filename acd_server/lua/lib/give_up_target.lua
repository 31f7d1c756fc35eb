-- @include "lib/unschedule"
-- A contact is no longer for a named agent alone, but for whoever holds its skills.
local function give_up_target(contact)
  if not contact.target then return end
  contact.target, contact.target_until = nil, nil
  unschedule('target:' .. contact.id)
end
