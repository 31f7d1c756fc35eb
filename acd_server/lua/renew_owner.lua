#!lua
--[[
Renews the lease of an owner.

ARGV  owner, owner_lease (us)
ok    waiting contacts of the owner, expire time
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local owner, owner_lease = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/us"
-- @include "lib/center_state"
-- @include "lib/now"
-- @include "lib/touch"
-- @include "lib/schedule"
-- @include "lib/wake"

local state, refusal = center_state()
if not state then return refusal end
local due = now() + owner_lease
schedule('owner:' .. owner, due)
-- Setting a deadline to the score that it has is no write that WAIT could confirm.
touch()
wake()
return ok(redis.call('ZCARD', key('owner', owner)), us(due))
