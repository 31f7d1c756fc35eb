-- @include "lib/before"
-- @include "lib/read_document"
-- @include "lib/activity"
-- An agent, with what it was loaded as kept aside for its indexes.
local function load_agent(agent_id)
  local agent = read_document(key('agent', agent_id))
  if agent then agent_before[agent_id] = {presence = agent.presence, activity = activity(agent)} end
  return agent
end
