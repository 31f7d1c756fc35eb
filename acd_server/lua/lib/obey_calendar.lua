-- @include "lib/close"
-- @include "lib/open"
-- @include "lib/stamp"
-- Brings the center to the state, OPEN or CLOSED, that its calendar says.
local function obey_calendar(state)
  if redis.call('HGET', key('center'), 'state') == state then return end
  if state == 'OPEN' then
    open('0', stamp())
  else
    close(redis.call('HGET', key('center'), 'calendar_expires') or '0', stamp())
  end
end
