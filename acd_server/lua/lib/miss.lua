-- @include "lib/policy"
-- @include "lib/stamp"
-- @include "lib/end_offer"
-- @include "lib/set_presence"
-- An offer was not answered in time. An agent who misses too many in a row takes no more.
local function miss(contact, assignment, agent)
  agent.misses = (agent.misses or 0) + 1
  end_offer(contact, assignment, agent, 'MISSED', '', stamp())
  local most = policy('max_missed_offers')
  if most > 0 and agent.misses >= most then set_presence(agent, 'NOT_READY', 'MISSED_OFFER') end
end
