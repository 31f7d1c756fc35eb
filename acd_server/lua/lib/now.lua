-- @include "lib/clock"
-- @include "lib/counted"
-- The center's clock: never behind a stamp it gave, not even after a failover.
local function now()
  return math.max(clock(), tonumber(counted and counted.stamp or redis.call('HGET', key('clock'), 'stamp') or '0'))
end
