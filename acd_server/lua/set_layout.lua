#!lua
--[[
Raises the layout version of the data set, when every server knows it; it is never lowered.

ARGV  layout
ok    layout before
]]
local prefix = unpack(KEYS)
local layout = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"

local before = redis.call('HGET', key('meta'), 'layout')
redis.call('HSET', key('meta'), 'layout', math.max(tonumber(before), tonumber(layout)))
return ok(before)
