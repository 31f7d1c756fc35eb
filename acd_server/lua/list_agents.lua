#!lua flags=no-writes
--[[
A page of agents, by id.

ARGV  presence ('' for all), after ('' from the start), limit
ok    next after ('' at the end), agents
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local presence, after, limit = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/center_state"
-- @include "lib/page"

local state, refusal = center_state()
if not state then return refusal end
local index = presence == '' and key('agents') or key('agents', presence)
return ok(unpack(page(index, 'agent', after, limit)))
