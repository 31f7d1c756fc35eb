-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/load_contact"
-- @include "lib/find_assignment"
-- @include "lib/make_available"
-- @include "lib/make_unavailable"
-- @include "lib/end_offer"
-- @include "lib/commit"
-- Sets an agent's presence. Idle time starts when he becomes AVAILABLE; leaving it
-- revokes what he has not answered.
local function set_presence(agent, presence, reason)
  local at, entered = stamp(), presence == 'AVAILABLE' and agent.presence ~= 'AVAILABLE'
  agent.presence, agent.reason, agent.since = presence, reason, us(at)
  if entered then
    agent.idle, agent.misses = us(at), nil
    make_available(agent)
  elseif presence ~= 'AVAILABLE' then
    make_unavailable(agent)
  end
  commit('AGENT_STATE_CHANGED', at, {agent = agent})
  if presence == 'AVAILABLE' then return end
  for _, held in ipairs({unpack(agent.held)}) do
    if held.state == 'OFFERED' then
      local contact = load_contact(held.contact)
      end_offer(contact, find_assignment(contact, held.n), agent, 'REVOKED', 'AGENT_LEFT', stamp())
    end
  end
end
