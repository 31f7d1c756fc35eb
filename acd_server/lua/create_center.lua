#!lua
--[[
Creates a center, open.

ARGV  fields (JSON: display_name and the policy), incarnation, history_max, request_id,
      fingerprint
ok    center
err   RESOURCE_EXISTS, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local fields, incarnation, history_max, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/us"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/stamp"
-- @include "lib/set_calendar"
-- @include "lib/commit_center"

local seen = recall(request_id, fingerprint)
if seen then return seen end
if redis.call('EXISTS', key('center')) == 1 then return refuse('RESOURCE_EXISTS', 'name', name()) end

redis.call('HSET', key('clock'), 'incarnation', incarnation, 'history_max', history_max)
local at = stamp()
redis.call('HSET', key('center'), 'id', string.sub(prefix, 2, -3), 'state', 'OPEN', 'create', us(at))
local given = cjson.decode(fields)
for field, value in pairs(given) do redis.call('HSET', key('center'), field, value) end
if given.calendar then set_calendar(given.calendar, at) end
return remember(request_id, fingerprint, ok(commit_center('CENTER_CREATED', at)))
