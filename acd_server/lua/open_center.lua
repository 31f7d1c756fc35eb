#!lua
--[[
Opens the center. With make_available a job makes the agents that are NOT_READY now
available, in steps.

ARGV  make_available (0 or 1), request_id, fingerprint
ok    center
err   RESOURCE_NOT_FOUND, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local make_available, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/unschedule"
-- @include "lib/center_state"
-- @include "lib/commit_center"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local state, refusal = center_state()
if not state then return refusal end
if state == 'OPEN' then
  touch()
  return remember(request_id, fingerprint, ok(center_text()))
end

local at = stamp()
redis.call('HSET', key('center'), 'state', 'OPEN')
redis.call('HDEL', key('jobs'), 'close')
unschedule('job:close')
if make_available == '1' then
  redis.call('HSET', key('jobs'), 'open', us(at) .. ' ')
  schedule('job:open', at)
end
return remember(request_id, fingerprint, ok(commit_center('CENTER_OPENED', at)))
