#!lua
--[[
The customer was not reached: the contact is tried again later, or ends.

ARGV  contact_id, number, delay (us, '' for the contact's), request_id, fingerprint
ok    contact, number, attributes
err   RESOURCE_NOT_FOUND, STALE_ASSIGNMENT, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, number, delay, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/quoted"
-- @include "lib/not_now"
-- @include "lib/stamp"
-- @include "lib/load_agent"
-- @include "lib/end_service"
-- @include "lib/end_contact"
-- @include "lib/after_work"
-- @include "lib/put_off"
-- @include "lib/commit"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

-- 15 minutes between two attempts, if nobody says otherwise.
local PAUSE = 900000000

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local contact, assignment, refusal = quoted(contact_id, tonumber(number))
if refusal then return refusal end
if assignment.state == 'ACTIVE' then
  local at, agent = stamp(), load_agent(assignment.agent)
  end_service(contact, assignment, agent, 'NOT_REACHED', at)
  contact.dials = (contact.dials or 0) + 1
  local about = {contact = contact, agent = agent, assignment = assignment.n}
  if contact.dials < tonumber(contact.most or '1') then
    put_off(contact, at + tonumber(delay ~= '' and delay or contact.pause or PAUSE))
    commit('CONTACT_SCHEDULED', at, about)
  else
    end_contact(contact, 'EXPIRED', 'MAX_ATTEMPTS', at)
    commit('CONTACT_EXPIRED', at, about)
  end
  after_work(agent)
elseif assignment.outcome == 'NOT_REACHED' then
  touch()
else
  return not_now(contact, assignment)
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id), number))
return contact_reply(reply, contact_id)
