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
-- @include "lib/center_state"
-- @include "lib/open"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local state, refusal = center_state()
if not state then return refusal end
if state == 'OPEN' then
  touch()
  return remember(request_id, fingerprint, ok(center_text()))
end

return remember(request_id, fingerprint, ok(open(make_available, stamp())))
