-- @include "lib/load_agent"
-- @include "lib/newest_assignment"
-- @include "lib/leave_queue"
-- @include "lib/unschedule"
-- @include "lib/take_back"
-- @include "lib/end_contact"
-- @include "lib/commit"
-- Ends a contact that is scheduled, queued or offered, unserved, as ABANDONED, CANCELED or
-- EXPIRED. An open offer is revoked and the agent, who is returned, is free again.
local function leave(contact, state, reason, at)
  local agent, number
  if contact.state == 'OFFERED' then
    local assignment = newest_assignment(contact)
    agent, number = load_agent(assignment.agent), assignment.n
    take_back(contact, assignment, agent, 'REVOKED', 'CONTACT_LEFT', at)
  elseif contact.state == 'SCHEDULED' then
    unschedule('begin:' .. contact.id)
  else
    leave_queue(contact)
  end
  end_contact(contact, state, reason, at)
  commit('CONTACT_' .. state, at, {contact = contact, agent = agent, assignment = number})
  return agent
end
