#!lua flags=no-writes
--[[
A page of the registry of centers, by id.

ARGV  after ('' from the start), limit
ok    center ids
]]
local prefix = unpack(KEYS)
local after, limit = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"

local start = after == '' and '-' or '(' .. after
return ok(unpack(redis.call('ZRANGEBYLEX', key('centers'), start, '+', 'LIMIT', 0, limit)))
