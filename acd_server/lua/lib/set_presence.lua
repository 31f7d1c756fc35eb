-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/load_contact"
-- @include "lib/find_assignment"
-- @include "lib/make_available"
-- @include "lib/make_unavailable"
-- @include "lib/end_offer"
-- @include "lib/unschedule"
-- @include "lib/reconsider_steps"
-- @include "lib/mark_lost"
-- @include "lib/plan_releases"
-- @include "lib/commit"
-- Sets an agent's presence; what comes after work is `following`, or nothing. Idle time
-- starts when he becomes AVAILABLE; leaving it revokes what he has not answered. Who
-- signs out has no lease any more, who signs in is no longer lost.
local function set_presence(agent, presence, reason, following)
  local at, before = stamp(), agent.presence
  agent.presence, agent.reason, agent.since, agent.next = presence, reason, us(at), following
  if presence == 'AVAILABLE' then
    if before ~= 'AVAILABLE' then agent.idle, agent.misses = us(at), nil end
    make_available(agent)
  else
    make_unavailable(agent)
  end
  if presence == 'OFFLINE' then unschedule('lease:' .. agent.id) end
  commit('AGENT_STATE_CHANGED', at, {agent = agent})
  if presence == 'OFFLINE' then
    plan_releases(agent.id, at)
    reconsider_steps()
  end
  if before == 'OFFLINE' and presence ~= 'OFFLINE' then mark_lost(agent, nil, 'CONTACT_UPDATED') end
  if presence == 'AVAILABLE' then return end
  for _, held in ipairs({unpack(agent.held)}) do
    if held.state == 'OFFERED' then
      local contact = load_contact(held.contact)
      end_offer(contact, find_assignment(contact, held.n), agent, 'REVOKED', 'AGENT_LEFT', stamp())
    end
  end
end
