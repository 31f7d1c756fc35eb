#!lua
--[[
Sends a contact that is offered or served back to the queue, in its original place.
After service its maximum wait starts again.

ARGV  contact_id, number, request_id, fingerprint
ok    contact, number, attributes
err   RESOURCE_NOT_FOUND, STALE_ASSIGNMENT, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, number, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/quoted"
-- @include "lib/not_now"
-- @include "lib/stamp"
-- @include "lib/load_agent"
-- @include "lib/end_offer"
-- @include "lib/end_service"
-- @include "lib/after_work"
-- @include "lib/renew_overflow"
-- @include "lib/enter_queue"
-- @include "lib/us"
-- @include "lib/wait_ends"
-- @include "lib/commit"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local contact, assignment, refusal = quoted(contact_id, tonumber(number))
if refusal then return refusal end
if assignment.state == 'OFFERED' then
  local agent = load_agent(assignment.agent)
  end_offer(contact, assignment, agent, 'REVOKED', 'REQUEUED', stamp())
  after_work(agent)
elseif assignment.state == 'ACTIVE' then
  local at, agent = stamp(), load_agent(assignment.agent)
  end_service(contact, assignment, agent, 'TRANSFERRED', at)
  contact.expire, contact.in_window = us(wait_ends(contact, at)), nil
  renew_overflow(contact, at)
  enter_queue(contact, at)
  commit('CONTACT_TRANSFERRED', at, {contact = contact, agent = agent, assignment = assignment.n})
  after_work(agent)
elseif assignment.outcome == 'TRANSFERRED' or assignment.revoke == 'REQUEUED' then
  touch()
else
  return not_now(contact, assignment)
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id), number))
return contact_reply(reply, contact_id)
