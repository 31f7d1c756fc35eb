-- @include "lib/now"
-- @include "lib/us"
-- @include "lib/unschedule"
-- @include "lib/load_contact"
-- @include "lib/lift_bar"
-- @include "lib/fire_overflow"
-- Lifts bars that are due and that no dispatcher has fired yet, and fires overflow rules that are: an
-- older contact must not lose an agent to a younger one because matching came first. Looks at the 64
-- earliest deadlines; begins no rule once `left` transitions were made, and returns how many were.
local function lift_due_bars(left)
  local made = 0
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', us(now()), 'LIMIT', 0, 64)) do
    local kind, contact_id = string.match(member, '^(%l+):(.*)$')
    if kind == 'bar' then
      unschedule(member)
      local contact = load_contact(contact_id)
      if contact and contact.state == 'QUEUED' then lift_bar(contact) end
    elseif kind == 'overflow' and made < left then
      unschedule(member)
      made = made + fire_overflow(kind, contact_id)
    end
  end
  return made
end
