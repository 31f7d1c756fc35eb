#!lua flags=allow-oom
--[[
Fires the deadlines that are due, the earliest first. Each kind has its own file; it takes
its deadline away, or sets it again when more is to be done.

ARGV  max_count
ok    fired, more (0 or 1), time until the next deadline in us ('' for none), whether changes of
      the calendar are to be computed (0 or 1)
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local max_count = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/center_state"
-- @include "lib/due_in"
-- @include "lib/unschedule"
-- @include "lib/fire_assignment"
-- @include "lib/fire_contact"
-- @include "lib/fire_overflow"
-- @include "lib/fire_owner"
-- @include "lib/fire_lease"
-- @include "lib/fire_close"
-- @include "lib/fire_open"
-- @include "lib/fire_skill"
-- @include "lib/fire_capacity"
-- @include "lib/fire_preferred"
-- @include "lib/fire_steps"
-- @include "lib/fire_hours"

-- A deadline fired later than this is the router's fault.
local LATE = 1000000

local fire = {
  offer = fire_assignment, wrap = fire_assignment, maxactive = fire_assignment,
  maxwait = fire_contact, begin = fire_contact, target = fire_contact, bar = fire_contact, step = fire_contact,
  preferred = fire_contact, retain = fire_contact, overflow = fire_overflow, owner = fire_owner, lease = fire_lease,
  hours = fire_hours,
}
local jobs = {
  close = fire_close, open = fire_open, skill = fire_skill, capacity = fire_capacity, preferred = fire_preferred,
  steps = fire_steps,
}

local state, refusal = center_state()
if not state then return refusal end
local wait = due_in()
if wait ~= 0 then return ok(0, 0, wait and us(wait) or '', 0) end
local started, left, fired = now(), tonumber(max_count), 0
while left > 0 do
  local found = redis.call('ZRANGEBYSCORE', key('deadlines'), '-inf', us(started), 'WITHSCORES', 'LIMIT', 0, 1)
  if #found == 0 then break end
  local member, due = found[1], tonumber(found[2])
  local kind, rest = string.match(member, '^(%l+):(.*)$')
  local late = started - due > LATE and started - due or nil
  unschedule(member)
  if kind == 'job' then
    local job, id = string.match(rest, '^(%l+):?(.*)$')
    left = left - math.max(1, jobs[job](id, left))
  else
    left = left - math.max(1, fire[kind](kind, rest, late, left))
  end
  fired = fired + 1
end
wait = due_in()
return ok(fired, wait == 0 and 1 or 0, wait and us(wait) or '', hours_fired and 1 or 0)
