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
-- @include "lib/center_state"
-- @include "lib/close"

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

return remember(request_id, fingerprint, ok(close(expire_waiting, stamp())))
