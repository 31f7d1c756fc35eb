-- @include "lib/us"
-- @include "lib/note_handled"
-- Brings an assignment to its last state and takes it from the agent's hands.
local function close_assignment(contact, assignment, agent, state, at)
  assignment.state, assignment.ended, assignment.deadline = state, us(at), ''
  if assignment.outcome == 'SERVED' or assignment.outcome == 'TRANSFERRED' then
    note_handled(contact.channel, assignment.accepted, at)
  end
  for i, held in ipairs(agent.held) do
    if held.contact == contact.id and held.n == assignment.n then
      table.remove(agent.held, i)
      return
    end
  end
end
