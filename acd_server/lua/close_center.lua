#!lua
--[[
Closes the center. With expire_waiting a job ends the contacts that wait now, in steps.

ARGV  expire_waiting (0 or 1), request_id, fingerprint
ok    center
err   RESOURCE_NOT_FOUND, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local expire_waiting, request_id, fingerprint = unpack(ARGV)
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
-- Repeating it must not expire those who came back to the queue in the meantime.
local expired = redis.call('HGET', key('center'), 'expired') == '1'
if state == 'CLOSED' and (expire_waiting == '0' or expired) then
  touch()
  return remember(request_id, fingerprint, ok(center_text()))
end

local at = stamp()
redis.call('HSET', key('center'), 'state', 'CLOSED', 'expired', expire_waiting)
redis.call('HDEL', key('jobs'), 'open')
unschedule('job:open')
if expire_waiting == '1' then
  redis.call('HSET', key('jobs'), 'close', us(at) .. ' -inf')
  schedule('job:close', at)
end
return remember(request_id, fingerprint, ok(commit_center('CENTER_CLOSED', at)))
