-- @include "lib/us"
-- @include "lib/schedule"
-- @include "lib/unschedule"
-- @include "lib/commit_center"
-- Closes the center; contacts that wait now are expired by a job, in steps, if that is asked
-- for ('1'). Returns the center's text.
local function close(expire_waiting, at)
  redis.call('HSET', key('center'), 'state', 'CLOSED', 'expired', expire_waiting)
  redis.call('HDEL', key('jobs'), 'open')
  unschedule('job:open')
  if expire_waiting == '1' then
    redis.call('HSET', key('jobs'), 'close', us(at) .. ' -inf')
    schedule('job:close', at)
  end
  return commit_center('CENTER_CLOSED', at)
end
