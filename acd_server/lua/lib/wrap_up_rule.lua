-- How long wrap-up after a contact of the channel lasts when nobody ends it, and how far it
-- can be extended, in microseconds from its beginning; 0 when there is none. A center of an
-- older release has but the time.
local function wrap_up_rule(channel)
  local mode, time, most, channels =
    unpack(redis.call('HMGET', key('center'), 'wrap_up_mode', 'wrap_up_time', 'wrap_up_limit', 'channel_wrap_up'))
  time, most = tonumber(time), tonumber(most or '3600000000')
  local own = channels and channels ~= '{}' and cjson.decode(channels)[channel]
  if own then mode, time, most = own.mode, own.time, own.limit or most end
  most = math.max(time, most)
  if mode == 'UNTIL_FINISHED' then return most, most end
  if mode == 'NONE' then return 0, 0 end
  return time, most
end
