#!lua flags=no-writes
--[[
Reads the center.

ok    center
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/center_text"

local text = center_text()
if not text then return refuse('RESOURCE_NOT_FOUND', 'name', name()) end
return ok(text)
