-- @include "lib/us"
-- @include "lib/hold"
-- @include "lib/policy"
-- @include "lib/schedule"
-- @include "lib/unschedule"
-- @include "lib/close_assignment"
-- @include "lib/make_available"
-- Ends the service of an assignment with its outcome. Returns true when wrap-up
-- begins; otherwise the assignment is over and the agent free. A lost contact has
-- no wrap-up.
local function end_service(contact, assignment, agent, outcome, at)
  local ids = contact.id .. ':' .. assignment.n
  assignment.outcome, assignment.service_ended = outcome, us(at)
  unschedule('maxactive:' .. ids)
  local wrap_up = outcome == 'LOST' and 0 or policy('wrap_up_time')
  if wrap_up > 0 then
    assignment.state, assignment.deadline = 'WRAP_UP', us(at + wrap_up)
    hold(agent, contact.id, assignment.n, 'WRAP_UP')
    schedule('wrap:' .. ids, at + wrap_up)
    return true
  end
  close_assignment(contact, assignment, agent, outcome == 'TRANSFERRED' and 'TRANSFERRED' or 'COMPLETED', at)
  agent.idle = us(at)
  make_available(agent)
  return false
end
