-- @include "lib/us"
-- A contact's wait begins anew (after service, or since its scheduled time came): rules that end it
-- count from now, as its longest wait does. One that was transferred keeps no rule that replaces its
-- requirement: that was about another one.
local function renew_overflow(contact, at, transferred)
  if not contact.overflow then return end
  local fired, kept = {}, {}
  for _, id in ipairs(contact.fired or {}) do fired[id] = true end
  for _, rule in ipairs(contact.overflow) do
    if rule.action == 'EXPIRE' then rule.due = us(at + rule.after) end
    if not transferred or fired[rule.id] or rule.action ~= 'REPLACE_SKILLS' then kept[#kept + 1] = rule end
  end
  contact.overflow = #kept > 0 and kept or nil
end
