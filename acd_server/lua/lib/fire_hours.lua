-- @include "lib/now"
-- @include "lib/us"
-- @include "lib/schedule"
-- @include "lib/obey_calendar"
-- The calendar's next change has come: the newest one that is due says the state, and who calls is
-- told to compute more, which `hours_due` says until it has. Without any the deadline comes again.
local hours_fired = false
local function fire_hours()
  local changes = redis.call('HGET', key('center'), 'calendar_changes') or ''
  local at, state, next_due, left = now(), nil, nil, {}
  for due, change in string.gmatch(changes, '(%d+) (%u+)') do
    if tonumber(due) <= at then
      state = change
    else
      next_due = next_due or tonumber(due)
      left[#left + 1] = due .. ' ' .. change
    end
  end
  redis.call('HSET', key('center'), 'calendar_changes', table.concat(left, ','))
  schedule('hours:', next_due or at + 1000000)
  redis.call('HSET', key('center'), 'hours_due', 1)
  if state then obey_calendar(state) end
  hours_fired = true
  return 1
end
