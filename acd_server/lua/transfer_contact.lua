#!lua
--[[
Passes a contact in service on, to other skills or to a named agent; its place is kept, and its
maximum wait starts again.

ARGV  contact_id, number, skills (JSON list of {skill, level}, '' for a named agent), agent_id,
      target_wait (us), request_id, fingerprint
ok    contact, number, attributes
err   RESOURCE_NOT_FOUND, SKILL_DELETING, STALE_ASSIGNMENT, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, number, skills, agent_id, target_wait, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/quoted"
-- @include "lib/not_now"
-- @include "lib/stamp"
-- @include "lib/load_agent"
-- @include "lib/check_skills"
-- @include "lib/check_target"
-- @include "lib/end_service"
-- @include "lib/end_steps"
-- @include "lib/aim"
-- @include "lib/renew_overflow"
-- @include "lib/give_up_preferred"
-- @include "lib/enter_queue"
-- @include "lib/after_work"
-- @include "lib/us"
-- @include "lib/wait_ends"
-- @include "lib/commit"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local contact, assignment, refusal = quoted(contact_id, tonumber(number))
if refusal then return refusal end
if assignment.state == 'ACTIVE' then
  local wanted = skills ~= '' and cjson.decode(skills)
  local missing = wanted and check_skills(wanted) or not wanted and check_target(agent_id)
  if missing then return missing end
  local at, agent = stamp(), load_agent(assignment.agent)
  end_service(contact, assignment, agent, 'TRANSFERRED', at)
  contact.expire, contact.in_window = us(wait_ends(contact, at)), nil
  if wanted then
    end_steps(contact)
    contact.skills, contact.asked = wanted, nil
  else
    aim(contact, agent_id, target_wait, at)
  end
  renew_overflow(contact, at, true)
  give_up_preferred(contact, 'REPLACED')
  enter_queue(contact, at)
  commit('CONTACT_TRANSFERRED', at, {contact = contact, agent = agent, assignment = assignment.n})
  after_work(agent)
elseif assignment.outcome == 'TRANSFERRED' then
  touch()
else
  return not_now(contact, assignment)
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id), number))
return contact_reply(reply, contact_id)
