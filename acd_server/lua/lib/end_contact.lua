-- @include "lib/us"
-- @include "lib/schedule"
-- @include "lib/policy"
-- Brings a contact to its last state; a deadline forgets it after the retention, and
-- not before the wrap-up of those who transferred it is over.
local function end_contact(contact, state, reason, at)
  contact.state, contact.reason, contact.ended = state, reason, us(at)
  contact.named, contact.preferred_until, contact.step_due = nil, nil, nil
  local forget = at + policy('retention')
  for _, assignment in ipairs(contact.assignments) do
    if assignment.deadline ~= '' then forget = math.max(forget, assignment.deadline + 1) end
  end
  schedule('retain:' .. contact.id, forget)
end
