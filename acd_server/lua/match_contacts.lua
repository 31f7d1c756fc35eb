#!lua
--[[
Pairs waiting contacts with available agents: see lib/match.

ARGV  max_pairs
ok    more (0 or 1), then contact id and assignment (JSON) of each pair
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local max_pairs = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/match"

return match(tonumber(max_pairs))
