#!lua flags=no-writes
--[[
What is needed to compute the changes of the center's calendar.

ok    calendar (JSON, '' for none), its revision, now
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/center_state"

local state, refusal = center_state()
if not state then return refusal end
local calendar, revision = unpack(redis.call('HMGET', key('center'), 'calendar', 'calendar_revision'))
return ok(calendar or '', revision or '0', us(now()))
