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
-- @include "lib/now"

local state, refusal = center_state()
if not state then return refusal end
local matchable = state == 'OPEN' and redis.call('EXISTS', key('marked')) or 0
local next_due = redis.call('ZRANGE', key('deadlines'), 0, 0, 'WITHSCORES')[2]
local due_in = next_due and us(math.max(0, next_due - now())) or ''
return ok(matchable, due_in, redis.call('ZCARD', key('queue')))
