-- @include "lib/us"
-- @include "lib/policy"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/leave_queue"
-- @include "lib/add_assignment"
-- @include "lib/hold"
-- @include "lib/make_unavailable"
-- @include "lib/accept"
-- @include "lib/commit"
-- Holds a queued contact for an available agent; with auto-accept, or when he
-- pulls it, he takes it at once.
-- Returns the assignment.
local function offer(contact, agent, pulled)
  local at = stamp()
  local deadline = at + policy('offer_timeout')
  leave_queue(contact)
  contact.state, contact.offers = 'OFFERED', contact.offers + 1
  local assignment = {
    n = contact.offers, agent = agent.id, state = 'OFFERED', outcome = '', revoke = '', offered = us(at),
    accepted = '', service_ended = '', ended = '', deadline = us(deadline), idle = agent.idle,
  }
  if pulled then assignment.pulled = true end
  add_assignment(contact, assignment)
  hold(agent, contact.id, assignment.n, 'OFFERED')
  make_unavailable(agent)
  schedule('offer:' .. contact.id .. ':' .. assignment.n, deadline)
  commit('CONTACT_OFFERED', at, {contact = contact, agent = agent, assignment = assignment.n})
  if pulled or policy('auto_accept') == 1 then accept(contact, assignment, agent, stamp()) end
  return assignment
end
