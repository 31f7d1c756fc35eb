-- @include "lib/us"
-- How many contacts were scheduled for the same time before this one, of those that come one after the other.
local function nth_at(due)
  local before, count = string.match(redis.call('HGET', key('clock'), 'scheduled') or '', '^(%d+) (%d+)$')
  count = before == us(due) and tonumber(count) + 1 or 0
  redis.call('HSET', key('clock'), 'scheduled', us(due) .. ' ' .. count)
  return count
end
