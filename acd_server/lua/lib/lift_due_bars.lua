-- @include "lib/now"
-- @include "lib/us"
-- @include "lib/unschedule"
-- @include "lib/load_contact"
-- @include "lib/lift_bar"
-- @include "lib/stop_holding_out"
-- @include "lib/fire_preferred"
-- @include "lib/fire_overflow"
-- Lifts bars that are due and that no dispatcher has fired yet, and does what else is due and may give a
-- waiting contact other agents (it holds out no longer, an overflow rule): an older contact must not lose
-- an agent to a younger one because matching came first. Looks at the 64 earliest deadlines; begins
-- nothing but bars once `left` transitions were made, and returns how many were.
local function lift_due_bars(left)
  local made = 0
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', us(now()), 'LIMIT', 0, 64)) do
    local kind, id = string.match(member, '^(%l+):(.*)$')
    local agent_id = kind == 'job' and string.match(id, '^preferred:(.*)$')
    if kind == 'bar' or made < left and (kind == 'preferred' or kind == 'overflow' or agent_id) then
      unschedule(member)
      local contact = (kind == 'bar' or kind == 'preferred') and load_contact(id)
      if agent_id then
        made = made + fire_preferred(agent_id, left - made)
      elseif kind == 'overflow' then
        made = made + fire_overflow(kind, id)
      elseif contact and contact.state == 'QUEUED' and kind == 'bar' then
        lift_bar(contact)
      elseif contact and contact.state == 'QUEUED' then
        stop_holding_out(contact, 'TIME_OVER')
        made = made + 1
      end
    end
  end
  return made
end
