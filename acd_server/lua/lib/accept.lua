-- @include "lib/us"
-- @include "lib/hold"
-- @include "lib/policy"
-- @include "lib/stop_steps"
-- @include "lib/schedule"
-- @include "lib/unschedule"
-- @include "lib/commit"
-- The agent takes the contact offered.
local function accept(contact, assignment, agent, at)
  local ids = contact.id .. ':' .. assignment.n
  local limit = at + policy('max_active')
  contact.state, contact.target, contact.target_until = 'ACTIVE', nil, nil
  stop_steps(contact, at)
  assignment.state, assignment.accepted, assignment.deadline = 'ACTIVE', us(at), us(limit)
  hold(agent, contact.id, assignment.n, 'ACTIVE')
  agent.misses = nil
  unschedule('offer:' .. ids)
  schedule('maxactive:' .. ids, limit)
  commit('CONTACT_ACCEPTED', at, {contact = contact, agent = agent, assignment = assignment.n})
end
