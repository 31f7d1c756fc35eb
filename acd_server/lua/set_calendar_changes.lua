#!lua
--[[
Takes the next changes of the center's calendar, as a server computed them. A new calendar is
obeyed at once. Does nothing when the calendar is another one by now.

ARGV  revision, state (OPEN or CLOSED by the calendar, now), changes ('us STATE,...')
ok
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local revision, state, changes = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/stamp"
-- @include "lib/touch"
-- @include "lib/schedule"
-- @include "lib/now"
-- @include "lib/center_state"
-- @include "lib/commit_center"
-- @include "lib/obey_calendar"

local found, refusal = center_state()
if not found then return refusal end
redis.call('HDEL', key('center'), 'hours_due')
local known, calendar, before = unpack(redis.call('HMGET', key('center'), 'calendar_revision', 'calendar', 'calendar_changes'))
if known ~= revision or not calendar or calendar == '' then
  touch()
  return ok()
end
local is_new = redis.call('HDEL', key('center'), 'calendar_new') == 1
-- With nothing to come within the horizon, a look again in 30 days.
schedule('hours:', tonumber(string.match(changes, '^%d+') or now() + 2592000000000))
if before == changes and not is_new then
  touch()
  return ok()
end

redis.call('HSET', key('center'), 'calendar_changes', changes)
commit_center('CENTER_UPDATED', stamp())
if is_new then obey_calendar(state) end
return ok()
