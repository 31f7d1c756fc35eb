-- @include "lib/now"
-- @include "lib/load_contact"
-- @include "lib/schedule"
-- @include "lib/next_overflow"
-- @include "lib/apply_overflow"
-- Fires the overflow rules of a contact that are due, in their order, one transition each, at most `left`;
-- returns how many, at least 1. The deadline is set again for the next one.
local function fire_overflow(_, contact_id, _, left)
  local contact, applied = load_contact(contact_id), 0
  while contact and contact.state == 'QUEUED' do
    local rule, due = next_overflow(contact)
    if not rule then break end
    -- What came due while an offer was open could not fire before the contact was back.
    local first = math.max(due, tonumber(contact.queued))
    local delay = now() - first
    if delay < 0 or applied == left then
      schedule('overflow:' .. contact_id, first)
      break
    end
    apply_overflow(contact, rule, delay)
    applied = applied + 1
  end
  return math.max(applied, 1)
end
