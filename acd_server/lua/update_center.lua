#!lua
--[[
Changes the center's name or policy. Deadlines that run already keep their length; another
capacity is given to the agents by a job, in steps.

ARGV  changes (JSON: field to value), request_id, fingerprint
ok    center
err   RESOURCE_NOT_FOUND, SKILL_DELETING, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local changes, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/stamp"
-- @include "lib/center_state"
-- @include "lib/set_calendar"
-- @include "lib/check_overflow"
-- @include "lib/plan_resizing"
-- @include "lib/commit_center"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local state, refusal = center_state()
if not state then return refusal end

local change = cjson.decode(changes)
local missing = check_overflow(cjson.decode(change.overflow_rules or '[]'))
if missing then return missing end
local at = stamp()
plan_resizing(change, at)
for field, value in pairs(change) do redis.call('HSET', key('center'), field, value) end
if change.calendar then set_calendar(change.calendar, at) end
return remember(request_id, fingerprint, ok(commit_center('CENTER_UPDATED', at)))
