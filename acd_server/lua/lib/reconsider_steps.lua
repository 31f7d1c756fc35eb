-- @include "lib/now"
-- @include "lib/schedule"
-- Somebody signed out or can do less: a job looks whether anybody is left for the steps in which
-- contacts wait, if any do (or if `certain`). One that is under way does another round.
local function reconsider_steps(certain)
  if not certain and redis.call('EXISTS', key('stepped')) == 0 then return end
  if redis.call('HSETNX', key('jobs'), 'steps', ' ') == 0 then redis.call('HSET', key('jobs'), 'steps_again', '1') end
  schedule('job:steps', now())
end
