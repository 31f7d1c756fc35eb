-- The overflow rule of a contact that fires next, and when: the earliest that has not fired, of several
-- at one time the first in the list; nil when all have. A rule has a `due` where its time does not
-- count from the enqueue time.
local function next_overflow(contact)
  local fired, found, first = {}, nil, nil
  for _, id in ipairs(contact.fired or {}) do fired[id] = true end
  for _, rule in ipairs(contact.overflow or {}) do
    local due = tonumber(rule.due) or contact.enqueue + rule.after
    if not fired[rule.id] and (not first or due < first) then found, first = rule, due end
  end
  return found, first
end
