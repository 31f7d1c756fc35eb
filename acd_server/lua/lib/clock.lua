-- Microseconds since the epoch by the clock of Redis: a script is one moment.
local moment
local function clock()
  if not moment then
    local time = redis.call('TIME')
    moment = time[1] * 1000000 + time[2]
  end
  return moment
end
