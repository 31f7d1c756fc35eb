-- @include "lib/set_skills"
-- Takes a skill from an agent; false when he does not hold it.
local function drop_skill(agent, skill_id)
  local skills = {}
  for _, held in ipairs(agent.skills) do
    if held.skill ~= skill_id then skills[#skills + 1] = held end
  end
  if #skills == #agent.skills then return false end
  set_skills(agent, skills)
  return true
end
