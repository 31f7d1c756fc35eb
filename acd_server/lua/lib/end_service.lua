-- @include "lib/us"
-- @include "lib/hold"
-- @include "lib/wrap_up_rule"
-- @include "lib/schedule"
-- @include "lib/unschedule"
-- @include "lib/looks"
-- @seldom "lib/close_assignment"
-- @seldom "lib/make_available"
-- Ends the service of an assignment with its outcome. Returns true when wrap-up
-- begins; otherwise the assignment is over and the agent free. A lost contact has
-- no wrap-up.
local function end_service(contact, assignment, agent, outcome, at)
  local ids = contact.id .. ':' .. assignment.n
  assignment.outcome, assignment.service_ended = outcome, us(at)
  unschedule('maxactive:' .. ids)
  local wrap_up, most = wrap_up_rule(contact.channel)
  if wrap_up > 0 and outcome ~= 'LOST' then
    assignment.state, assignment.deadline, assignment.limit = 'WRAP_UP', us(at + wrap_up), us(at + most)
    hold(agent, contact.id, assignment.n, 'WRAP_UP')
    schedule('wrap:' .. ids, at + wrap_up)
    return true
  end
  close_assignment(contact, assignment, agent, outcome == 'TRANSFERRED' and 'TRANSFERRED' or 'COMPLETED', at)
  agent.idle = us(at)
  make_available(agent)
  return false
end
