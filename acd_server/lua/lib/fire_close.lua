-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/load_contact"
-- @include "lib/leave"
-- @include "lib/commit_center"
-- The center closed and expires those who waited then: at most `left` contacts at
-- once, in rank order; who came back to the queue afterwards stays. The job's
-- record is the time of closing and the rank it got to.
local function fire_close(_, left)
  local closed, cursor = string.match(redis.call('HGET', key('jobs'), 'close') or '', '^(%d+) (.+)$')
  if not closed then return 1 end
  local found = redis.call('ZRANGEBYSCORE', key('queue'), '(' .. cursor, '+inf', 'WITHSCORES', 'LIMIT', 0, left)
  for i = 1, #found, 2 do
    local contact = load_contact(found[i])
    if tonumber(contact.queued) <= tonumber(closed) then leave(contact, 'EXPIRED', 'CENTER_CLOSED', stamp()) end
    cursor = found[i + 1]
  end
  if #found == 2 * left then
    redis.call('HSET', key('jobs'), 'close', closed .. ' ' .. cursor)
    schedule('job:close', now())
  else
    redis.call('HDEL', key('jobs'), 'close')
    commit_center('CENTER_SETTLED', stamp())
  end
  return #found / 2
end
