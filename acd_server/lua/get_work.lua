#!lua flags=no-writes
--[[
What there is to do in the center.

ok    matchable (0 or 1), time until the next deadline in us ('' for none), waiting
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/us"
-- @include "lib/center_state"
-- @include "lib/due_in"
-- @include "lib/may_match"

local state, refusal = center_state()
if not state then return refusal end
local found = state == 'OPEN' and may_match() and redis.call('EXISTS', key('marked'), key('unmet')) or 0
local matchable = math.min(1, found)
local left = due_in()
return ok(matchable, left and us(left) or '', redis.call('ZCARD', key('queue')))
