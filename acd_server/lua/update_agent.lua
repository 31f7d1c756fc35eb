#!lua
--[[
Changes an agent's name, skills or capacity.

ARGV  agent_id, changes (JSON: display_name, skills as list of {skill, level}, capacity (0: the
      policy's), costs by channel as {cost, most} ({}: the policy's); each optional),
      request_id, fingerprint
ok    agent
err   RESOURCE_NOT_FOUND, SKILL_DELETING, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, changes, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/stamp"
-- @include "lib/load_agent"
-- @include "lib/check_skills"
-- @include "lib/set_skills"
-- @include "lib/resize"
-- @include "lib/commit"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local agent = load_agent(agent_id)
if not agent then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
local change = cjson.decode(changes)
local missing = change.skills and check_skills(change.skills)
if missing then return missing end

if change.display_name then agent.display_name = change.display_name end
if change.skills then set_skills(agent, change.skills) end
if change.capacity then agent.capacity = change.capacity > 0 and change.capacity or nil end
if change.costs then agent.costs = next(change.costs) and change.costs or nil end
if change.capacity or change.costs then resize(agent) end
commit('AGENT_UPDATED', stamp(), {agent = agent})
return remember(request_id, fingerprint, ok(read_text(key('agent', agent_id))))
