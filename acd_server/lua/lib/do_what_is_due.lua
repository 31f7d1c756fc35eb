-- @include "lib/now"
-- @include "lib/us"
-- @include "lib/load_contact"
-- @include "lib/stamp"
-- @include "lib/written"
-- @include "lib/looks"
-- @include "lib/commit"
-- @seldom "lib/move_on"
-- @seldom "lib/stop_holding_out"
-- @seldom "lib/fire_preferred"
-- @seldom "lib/fire_overflow"
-- Lifts bars that are due and that no dispatcher has fired yet, and does what else is due and may give a
-- waiting contact other agents (it holds out no longer, a relaxation step, an overflow rule): an older
-- contact must not lose an agent to a younger one because matching came first. Looks at the 64 earliest
-- deadlines; begins nothing but bars once `left` transitions were made, and returns how many were.
local GIVES = {preferred = true, step = true, overflow = true}
local function do_what_is_due(left)
  local made = 0
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', us(now()), 'LIMIT', 0, 64)) do
    local kind, id = string.match(member, '^(%l+):(.*)$')
    local agent_id = kind == 'job' and string.match(id, '^preferred:(.*)$')
    local meant = kind == 'bar' or made < left and (GIVES[kind] or agent_id)
    -- What came before it may have dealt with the contact's other deadlines.
    if meant and redis.call('ZREM', key('deadlines'), member) == 1 then
      local contact = kind ~= 'overflow' and not agent_id and load_contact(id)
      local queued = contact and contact.state == 'QUEUED'
      if agent_id then
        made = made + fire_preferred(agent_id, left - made)
      elseif kind == 'overflow' then
        made = made + fire_overflow(kind, id, nil, left - made)
      elseif queued and kind == 'preferred' then
        stop_holding_out(contact, 'TIME_OVER')
        made = made + 1
      elseif queued and move_on(contact) then
        made = made + 1
      end
    end
  end
  return made
end
