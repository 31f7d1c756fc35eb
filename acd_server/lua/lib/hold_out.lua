-- @include "lib/us"
-- @include "lib/policy"
-- A contact that prefers agents, and is about to enter the queue, holds out for them from now on;
-- unless something else is required of its agents since.
local function hold_out(contact, at)
  if not contact.preferred or contact.preference == 'REPLACED' then return end
  contact.named, contact.preference = {unpack(contact.preferred)}, nil
  table.sort(contact.named)
  contact.preferred_until = us(at + tonumber(contact.hold or policy('preferred_wait')))
end
