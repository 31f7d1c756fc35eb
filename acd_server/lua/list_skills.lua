#!lua flags=no-writes
--[[
A page of skills, by id.

ARGV  after ('' from the start), limit
ok    next after ('' at the end), skills
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local after, limit = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/center_state"
-- @include "lib/page"

local state, refusal = center_state()
if not state then return refusal end
return ok(unpack(page(key('skills'), 'skill', after, limit)))
