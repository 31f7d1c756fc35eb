-- The time of the next deadline; nil when there is none.
local function next_due()
  return tonumber(redis.call('ZRANGE', key('deadlines'), 0, 0, 'WITHSCORES')[2])
end
