-- @include "lib/us"
-- @include "lib/before"
-- @include "lib/document"
-- @include "lib/activity"
-- @include "lib/index_agent"
-- Writes an agent with the number and the time of its event, keeps its indexes in step, and returns its text.
local function keep_agent(agent, sequence, at)
  agent.sequence, agent.update = sequence, us(at)
  local text = write_document(key('agent', agent.id), agent)
  index_agent(agent, agent_before[agent.id] or {})
  agent_before[agent.id] = {presence = agent.presence, activity = activity(agent)}
  return text
end
