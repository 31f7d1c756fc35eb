-- @include "lib/schedule"
-- @include "lib/unschedule"
-- Gives the center another calendar, or none (''). Servers compute its changes: the deadline, which
-- is due at once, says that there are none yet.
local function set_calendar(text, at)
  redis.call('HDEL', key('center'), 'calendar_changes', 'hours_due')
  redis.call('HINCRBY', key('center'), 'calendar_revision', 1)
  if text == '' then
    unschedule('hours:')
  else
    redis.call('HSET', key('center'), 'calendar_new', 1)
    schedule('hours:', at)
  end
end
