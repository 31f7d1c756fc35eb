-- @include "lib/us"
-- @include "lib/schedule"
-- @include "lib/unschedule"
-- @include "lib/commit_center"
-- Opens the center; agents who are NOT_READY now are made available by a job, in steps, if that is
-- asked for ('1'). Returns the center's text.
local function open(make_available, at)
  redis.call('HSET', key('center'), 'state', 'OPEN')
  redis.call('HDEL', key('jobs'), 'close')
  unschedule('job:close')
  if make_available == '1' then
    redis.call('HSET', key('jobs'), 'open', us(at) .. ' ')
    schedule('job:open', at)
  end
  return commit_center('CENTER_OPENED', at)
end
