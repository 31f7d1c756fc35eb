-- Microseconds of the virtual clock, which the simulator advances.
local function clock()
  return tonumber(redis.call('GET', key('virtual_time')) or '0')
end
