#!lua
--[[
An agent takes a named contact out of the queue, past the order, and serves it.

ARGV  agent_id, contact_id, request_id, fingerprint
ok    contact, number, attributes
err   RESOURCE_NOT_FOUND, CENTER_CLOSED, WRONG_STATE, NOT_ELIGIBLE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local agent_id, contact_id, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/stamp"
-- @include "lib/center_state"
-- @include "lib/load_contact"
-- @include "lib/load_agent"
-- @include "lib/not_eligible"
-- @include "lib/offer"
-- @include "lib/newest_assignment"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local state, refusal = center_state()
if not state then return refusal end
local agent, contact = load_agent(agent_id), load_contact(contact_id)
if not agent then return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id)) end
if not contact then return refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id)) end
local newest = newest_assignment(contact)
if contact.state == 'ACTIVE' and newest.pulled and newest.agent == agent_id then
  touch()
elseif contact.state ~= 'QUEUED' then
  return refuse('WRONG_STATE', 'name', name('contacts', contact_id), 'state', contact.state)
elseif state == 'CLOSED' then
  return refuse('CENTER_CLOSED', 'name', name())
else
  local cause = not_eligible(agent, contact)
  if cause then return refuse('NOT_ELIGIBLE', 'name', name('agents', agent_id), 'cause', cause) end
  newest = offer(contact, agent, true)
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id), newest.n))
return contact_reply(reply, contact_id)
