#!lua flags=allow-oom
--[[
Virtual clock only. While there is work at the center's present time, or a server computes
changes of its calendar, it is the dispatchers' turn; when there is none it is the caller's. If
he has seen every event, the clock goes to the next deadline, at most to `latest`. With `nudge`
the dispatchers are woken once more.

ARGV  latest (us), seen_sequence, nudge (0 or 1)
ok    found, the center's clock (us), newest sequence; found is `busy` (there is work),
      `moved` (to a deadline, so there is work), `events` (unseen), `rest` (the clock is at
      `latest` or beyond)
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local latest, seen_sequence, nudge = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/wake"
-- @include "lib/center_state"
-- @include "lib/next_due"

local state, refusal = center_state()
if not state then return refusal end
latest = tonumber(latest)
local at, due, found = now(), next_due(), 'rest'
local sequence = redis.call('HGET', key('clock'), 'sequence')
local hours_due = redis.call('HEXISTS', key('center'), 'hours_due') == 1
if (due and due <= at) or hours_due or (state == 'OPEN' and redis.call('EXISTS', key('marked'), key('unmet')) > 0) then
  found = 'busy'
elseif tonumber(sequence) > tonumber(seen_sequence) then
  found = 'events'
elseif at < latest then
  at = math.min(due or latest, latest)
  redis.call('SET', key('virtual_time'), us(at))
  if due == at then found = 'moved' end
end

local working = found == 'busy' or found == 'moved'
local turn = working and 'dispatchers' or 'caller'
local before = redis.call('SET', key('turn'), turn, 'GET')
if working and (before ~= turn or found == 'moved' or nudge == '1') then wake() end
return ok(found, us(at), sequence)
