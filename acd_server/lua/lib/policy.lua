-- A number of the center's policy (durations in microseconds).
local function policy(field)
  return tonumber(redis.call('HGET', key('center'), field))
end
