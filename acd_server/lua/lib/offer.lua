-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/leave_queue"
-- @include "lib/add_assignment"
-- @include "lib/charge"
-- @include "lib/make_unavailable"
-- @include "lib/open_channels"
-- @include "lib/looks"
-- @seldom "lib/make_available"
-- @include "lib/commit"
-- @seldom "lib/accept"
-- Holds a queued contact for an available agent; with auto-accept, or when he
-- pulls it, he takes it at once. Who could take more goes to the end of the line:
-- his idle time starts again.
-- Returns the assignment.
local timeout, auto_accept
local function offer(contact, agent, pulled)
  local at = stamp()
  if not timeout then
    timeout, auto_accept = unpack(redis.call('HMGET', key('center'), 'offer_timeout', 'auto_accept'))
  end
  local deadline = at + timeout
  leave_queue(contact)
  contact.state, contact.offers = 'OFFERED', contact.offers + 1
  local assignment = {
    n = contact.offers, agent = agent.id, state = 'OFFERED', outcome = '', revoke = '', offered = us(at),
    accepted = '', service_ended = '', ended = '', deadline = us(deadline), idle = agent.idle,
  }
  if pulled then assignment.pulled = true end
  add_assignment(contact, assignment)
  agent.offered = us(at)
  redis.call('ZADD', key('last_offers'), agent.offered, agent.id)
  charge(agent, contact, assignment.n)
  make_unavailable(agent)
  if agent.room and #open_channels(agent) > 0 then
    agent.idle = us(at)
    make_available(agent)
  end
  schedule('offer:' .. contact.id .. ':' .. assignment.n, deadline)
  commit('CONTACT_OFFERED', at, {contact = contact, agent = agent, assignment = assignment.n})
  if pulled or auto_accept == '1' then accept(contact, assignment, agent, stamp()) end
  return assignment
end
