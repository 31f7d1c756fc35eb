#!lua flags=allow-oom
--[[
Records that a reader is about to deliver the events up to one of them. With WAIT on the
same connection everything up to it is replicated: it was written before.

The event must be there, with its stamp: a reader may have it from a primary that is gone
since, and what that one had not replicated is gone, too. One that is no longer kept was replicated long ago.

ARGV  sequence, stamp
ok
err   NOT_REPLICATED
]]
local prefix = unpack(KEYS)
local sequence, stamp = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"

local entry = redis.call('XRANGE', key('events'), sequence .. '-0', sequence .. '-0')[1]
local lost
if entry then
  lost = entry[2][4] ~= stamp
else
  lost = tonumber(sequence) > tonumber(redis.call('HGET', key('clock'), 'sequence') or '0')
end
if lost then return refuse('NOT_REPLICATED') end
local confirmed = tonumber(redis.call('GET', key('confirmed')) or '0')
redis.call('SET', key('confirmed'), math.max(confirmed, tonumber(sequence)))
return ok()
