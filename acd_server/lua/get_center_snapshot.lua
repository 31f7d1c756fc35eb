#!lua flags=no-writes
--[[
Numbers of one moment. At most as many classes as a center may have (4 096).

ok    center, now, sequence, waiting, offered, active, wrap_up, oldest enqueue time, JSON list
      of counts of agents by presence and activity, stamp of the last event, incarnation, then for each class in rank order:
      requirement, waiting, enqueue time of its first contact
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/center_text"

local text = center_text()
if not text then return refuse('RESOURCE_NOT_FOUND', 'name', name()) end
local oldest = redis.call('ZRANGE', key('contacts', 'QUEUED'), 0, 0, 'WITHSCORES')
local agents = {}
for _, presence in ipairs({'OFFLINE', 'NOT_READY', 'AVAILABLE'}) do
  agents[presence] = redis.call('ZCARD', key('agents', presence))
end
for _, doing in ipairs({'IDLE', 'RESERVED', 'BUSY', 'WRAP_UP'}) do
  agents[doing] = tonumber(redis.call('HGET', key('counts'), doing) or '0')
end
local reply = ok(text, us(now()), redis.call('HGET', key('clock'), 'sequence'), redis.call('ZCARD', key('queue')),
  redis.call('ZCARD', key('contacts', 'OFFERED')), redis.call('ZCARD', key('contacts', 'ACTIVE')),
  redis.call('ZCARD', key('contacts', 'WRAP_UP')), oldest[2] or '', cjson.encode(agents),
  redis.call('XREVRANGE', key('events'), '+', '-', 'COUNT', 1)[1][2][4], redis.call('HGET', key('clock'), 'incarnation'))
for _, class_id in ipairs(redis.call('ZRANGE', key('heads'), 0, -1)) do
  local class = key('class', class_id)
  local first = redis.call('ZRANGE', class, 0, 0)[1]
  reply[#reply + 1] = redis.call('HGET', key('classes'), class_id)
  reply[#reply + 1] = redis.call('ZCARD', class)
  reply[#reply + 1] = redis.call('ZSCORE', key('contacts', 'QUEUED'), first)
end
return reply
