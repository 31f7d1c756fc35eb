-- @include "lib/now"
-- @include "lib/make_available"
-- @include "lib/make_unavailable"
-- @include "lib/plan_releases"
-- @include "lib/list_signed_in"
-- @include "lib/reconsider_steps"
-- Gives an agent the list of skills {skill, level}, at once on his availability. The
-- start of his idle time stays.
local function set_skills(agent, skills)
  make_unavailable(agent)
  local signed_in = agent.presence ~= 'OFFLINE'
  for _, held in ipairs(agent.skills) do
    redis.call('ZREM', key('skill_agents', held.skill), agent.id)
    if signed_in then redis.call('ZREM', key('signed_in', held.skill), agent.id) end
  end
  local text = ','
  for _, held in ipairs(skills) do
    redis.call('ZADD', key('skill_agents', held.skill), 0, agent.id)
    text = text .. held.skill .. '=' .. held.level .. ','
  end
  agent.skills = skills
  if signed_in then
    list_signed_in(agent)
    reconsider_steps()
  end
  redis.call('HSET', key('agent_skills'), agent.id, text)
  make_available(agent)
  plan_releases(agent.id, now())
end
