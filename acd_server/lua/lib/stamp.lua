-- @include "lib/clock"
-- @include "lib/us"
-- The time of a transition: unique in its center, always rising.
local function stamp()
  local last = tonumber(redis.call('HGET', key('clock'), 'stamp') or '0')
  local at = math.max(clock(), last + 1)
  redis.call('HSET', key('clock'), 'stamp', us(at))
  return at
end
