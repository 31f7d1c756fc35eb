-- @include "lib/policy"
-- @include "lib/stamp"
-- @include "lib/end_offer"
-- @include "lib/set_presence"
-- @include "lib/after_work"
-- An offer was not answered in time. An agent who misses too many in a row takes no more,
-- unless another presence was to come after the work that this ends.
local function miss(contact, assignment, agent)
  agent.misses = (agent.misses or 0) + 1
  end_offer(contact, assignment, agent, 'MISSED', '', stamp())
  after_work(agent)
  local most = policy('max_missed_offers')
  if most > 0 and agent.presence == 'AVAILABLE' and (agent.misses or 0) >= most then
    set_presence(agent, 'NOT_READY', 'MISSED_OFFER', agent.next)
  end
end
