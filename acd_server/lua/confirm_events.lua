#!lua flags=allow-oom
--[[
Records that a reader is about to deliver the events up to a sequence. With WAIT on the
same connection everything up to it is replicated: it was written before.

ARGV  sequence
ok
]]
local prefix = unpack(KEYS)
local sequence = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"

local confirmed = tonumber(redis.call('GET', key('confirmed')) or '0')
redis.call('SET', key('confirmed'), math.max(confirmed, tonumber(sequence)))
return ok()
