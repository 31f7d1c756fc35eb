-- @include "lib/us"
-- @include "lib/close_assignment"
-- @include "lib/make_available"
-- @include "lib/unschedule"
-- Ends an open offer as DECLINED, MISSED or REVOKED (with its reason) and frees the
-- agent. His idle time starts again unless the offer was revoked.
local function take_back(contact, assignment, agent, state, reason, at)
  close_assignment(contact, assignment, agent, state, at)
  assignment.revoke = reason
  unschedule('offer:' .. contact.id .. ':' .. assignment.n)
  if state ~= 'REVOKED' then agent.idle = us(at) end
  make_available(agent)
end
