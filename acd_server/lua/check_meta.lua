#!lua flags=allow-oom
--[[
Records what the data set is, the first time; afterwards tells it. Allowed on a full store:
a server that called itself unhealthy there would keep away those who empty it.

ARGV  layout, documents (string or json), clock (redis or virtual)
ok    layout, documents, clock of the data set
]]
local prefix = unpack(KEYS)
local layout, documents, clock = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"

redis.call('HSETNX', key('meta'), 'layout', layout)
redis.call('HSETNX', key('meta'), 'documents', documents)
redis.call('HSETNX', key('meta'), 'clock', clock)
return ok(unpack(redis.call('HMGET', key('meta'), 'layout', 'documents', 'clock')))
