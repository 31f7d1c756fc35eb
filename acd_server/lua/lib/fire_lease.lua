-- @include "lib/now"
-- @include "lib/schedule"
-- @include "lib/load_agent"
-- @include "lib/set_presence"
-- @include "lib/mark_lost"
-- An agent was silent for the time of his lease: he is signed out, and what he serves is
-- marked. When the router is late the lease is extended by the delay.
local function fire_lease(_, agent_id, late)
  local agent = load_agent(agent_id)
  if not agent or agent.presence == 'OFFLINE' then return 1 end
  if late then
    schedule('lease:' .. agent_id, now() + late)
  else
    set_presence(agent, 'OFFLINE', 'LEASE_EXPIRED')
    mark_lost(agent, true, 'CONTACT_AGENT_LOST')
  end
  return 1
end
