#!lua
--[[
Lists a center in the registry. Called before the center is created, and again
whenever one is met that is not listed.

ARGV  center_id
ok
]]
local prefix = unpack(KEYS)
local center_id = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"

redis.call('ZADD', key('centers'), 0, center_id)
return ok()
