-- Takes a deadline away.
local function unschedule(member)
  redis.call('ZREM', key('deadlines'), member)
end
