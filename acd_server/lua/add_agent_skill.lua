#!lua
--[[
Gives an agent a skill, or another level of one.

ARGV  agent_id, skill_id, level, max_skills, request_id, fingerprint
ok    agent
err   RESOURCE_NOT_FOUND, SKILL_DELETING, LIMIT_EXCEEDED, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, skill_id, level, max_skills, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/stamp"
-- @include "lib/load_agent"
-- @include "lib/check_skills"
-- @include "lib/set_skills"
-- @include "lib/commit"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local agent = load_agent(agent_id)
if not agent then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
local given = {skill = skill_id, level = tonumber(level)}
local missing = check_skills({given})
if missing then return missing end
local skills, same = {}, false
for _, held in ipairs(agent.skills) do
  if held.skill ~= skill_id then skills[#skills + 1] = held else same = held.level == given.level end
end
if #skills >= tonumber(max_skills) then
  return refuse('LIMIT_EXCEEDED', 'name', name('agents', agent_id) .. '/skills', 'limit', max_skills)
end

if same then
  touch()
else
  skills[#skills + 1] = given
  set_skills(agent, skills)
  commit('AGENT_UPDATED', stamp(), {agent = agent})
end
return remember(request_id, fingerprint, ok(read_text(key('agent', agent_id))))
