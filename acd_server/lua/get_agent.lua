#!lua flags=no-writes
--[[
Reads an agent.

ARGV  agent_id
ok    agent
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local agent_id = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/document"

local text = read_text(key('agent', agent_id))
if not text then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
return ok(text)
