-- @include "lib/us"
-- @include "lib/close_assignment"
-- @include "lib/make_available"
-- @include "lib/end_contact"
-- @include "lib/unschedule"
-- @include "lib/commit"
-- Ends the wrap-up of an assignment and frees the agent. After a transfer,
-- or when the customer was not reached, the contact has gone on and only the assignment ends.
local function finish(contact, assignment, agent, at)
  local transferred = assignment.outcome == 'TRANSFERRED'
  local gone = transferred or assignment.outcome == 'NOT_REACHED'
  close_assignment(contact, assignment, agent, transferred and 'TRANSFERRED' or 'COMPLETED', at)
  agent.idle = us(at)
  make_available(agent)
  unschedule('wrap:' .. contact.id .. ':' .. assignment.n)
  if not gone then end_contact(contact, 'COMPLETED', '', at) end
  commit(gone and 'ASSIGNMENT_ENDED' or 'CONTACT_COMPLETED', at,
    {contact = contact, agent = agent, assignment = assignment.n})
end
