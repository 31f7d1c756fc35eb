-- @include "lib/us"
-- Sets the deadline `member` (kind:ids) for the time `due`.
local function schedule(member, due)
  redis.call('ZADD', key('deadlines'), us(due), member)
end
