-- @include "lib/now"
-- @include "lib/us"
-- @include "lib/unschedule"
-- @include "lib/load_contact"
-- @include "lib/lift_bar"
-- Lifts bars that are due and that no dispatcher has fired yet: an older contact must not lose
-- an agent to a younger one because matching came first. Looks at the 64 earliest deadlines.
local function lift_due_bars()
  local due = redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', us(now()), 'LIMIT', 0, 64)
  for _, member in ipairs(due) do
    local contact_id = string.match(member, '^bar:(.*)$')
    local contact = contact_id and load_contact(contact_id)
    if contact_id then unschedule(member) end
    if contact and contact.state == 'QUEUED' then lift_bar(contact) end
  end
end
