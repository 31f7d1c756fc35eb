-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/read_document"
-- @include "lib/load_agent"
-- @include "lib/load_contact"
-- @include "lib/drop_skill"
-- @include "lib/drop_requirement"
-- @include "lib/commit"
-- @include "lib/commit_skill"
-- A skill is being deleted: takes it from agents, and from contacts that still wait,
-- at most `left` records at once; the skill itself goes last.
local function fire_skill(skill_id, left)
  local skill = read_document(key('skill', skill_id))
  if not skill then return 1 end
  local agents = redis.call('ZRANGE', key('skill_agents', skill_id), 0, left - 1)
  for _, agent_id in ipairs(agents) do
    local agent = load_agent(agent_id)
    drop_skill(agent, skill_id)
    commit('AGENT_UPDATED', stamp(), {agent = agent})
  end
  local contacts = {}
  if #agents < left then contacts = redis.call('ZRANGE', key('skill_contacts', skill_id), 0, left - #agents - 1) end
  for _, contact_id in ipairs(contacts) do
    local at, contact = stamp(), load_contact(contact_id)
    drop_requirement(contact, skill_id, at)
    commit('CONTACT_UPDATED', at, {contact = contact})
  end
  if redis.call('EXISTS', key('skill_agents', skill_id), key('skill_contacts', skill_id)) > 0 then
    schedule('job:skill:' .. skill_id, now())
  else
    commit_skill('SKILL_DELETED', stamp(), skill)
    redis.call('DEL', key('skill', skill_id))
    redis.call('ZREM', key('skills'), skill_id)
  end
  return #agents + #contacts
end
