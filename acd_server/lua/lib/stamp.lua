-- @include "lib/clock"
-- @include "lib/us"
-- The time of a transition: unique in its center, always rising.
local last_stamp
local function stamp()
  if not last_stamp then last_stamp = tonumber(redis.call('HGET', key('clock'), 'stamp') or '0') end
  last_stamp = math.max(clock(), last_stamp + 1)
  redis.call('HSET', key('clock'), 'stamp', us(last_stamp))
  return last_stamp
end
