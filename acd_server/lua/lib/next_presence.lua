-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/make_unavailable"
-- @include "lib/commit"
-- Says what a working agent becomes when nothing is held any more; one who is AVAILABLE takes
-- nothing new from now on.
local function next_presence(agent, presence, reason)
  local at = stamp()
  agent.next, agent.since = {presence = presence, reason = reason}, us(at)
  if agent.presence == 'AVAILABLE' then make_unavailable(agent) end
  commit('AGENT_STATE_CHANGED', at, {agent = agent})
end
