#!lua
--[[
Puts a contact in the queue; with `match_one`, pairs the first that waits with an agent in the same step.

ARGV  contact_id, channel, skills (JSON list of {skill, level}), priority, attributes
      (JSON, '' for none), owner, owner_lease (us, 0: leave it),
      plan (JSON: time, window, attempts, delay, target, wait, parent, credit, max_wait, overflow (JSON list),
      preferred (agents, divided by commas), hold; each optional, as text, times in us; steps: list of
      {after, skills}), max_waiting, max_classes, match_one (0 or 1), request_id, fingerprint
ok    contact as it was enqueued, attributes, offers made (only where somebody might be free)
err   RESOURCE_NOT_FOUND, CENTER_CLOSED, RESOURCE_EXISTS, SKILL_DELETING, QUEUE_FULL,
      TOO_MANY_CLASSES, LIMIT_EXCEEDED, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, channel, skills, priority, attributes, owner, owner_lease, plan, max_waiting, max_classes, match_one, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/admission"
-- @include "lib/check_limits"
-- @include "lib/check_skills"
-- @include "lib/now"
-- @include "lib/stamp"
-- @seldom "lib/check_plan"
-- @include "lib/take_place"
-- @include "lib/us"
-- @include "lib/schedule"
-- @seldom "lib/hold_out"
-- @seldom "lib/expect_preferred"
-- @include "lib/join_queue"
-- @seldom "lib/plan_contact"
-- @include "lib/before"
-- @seldom "lib/keep_agent"
-- @include "lib/commit"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local rules, refusal = admission()
if not rules then return refusal end
plan = plan ~= '{}' and cjson.decode(plan)
local given = plan or {}
if rules.state == 'CLOSED' and not given.time then return refuse('CENTER_CLOSED', 'name', name()) end
if redis.call('EXISTS', key('contact', contact_id)) == 1 then
  return refuse('RESOURCE_EXISTS', 'name', name('contacts', contact_id))
end
local required = cjson.decode(skills)
local missing
if plan then missing = check_plan(contact_id, plan, required) else missing = check_skills(required) end
if missing then return missing end
local contact = {
  id = contact_id, channel = channel, skills = required, priority = tonumber(priority), owner = owner,
  reason = '', assignments = {}, offers = 0, bars = {}, ended = '', target = given.target, parent = given.parent,
  credit = given.credit ~= '0' and given.credit or nil, max_wait = given.max_wait, preferred = given.preferred,
  hold = given.hold, overflow = given.overflow or rules.overflow and cjson.decode(rules.overflow) or nil,
}
local later = given.time and tonumber(given.time) > now()
if contact.preferred and not later then expect_preferred(contact) end
local full = check_limits(contact, later, rules, tonumber(max_waiting), tonumber(max_classes))
if full then return full end

local at = stamp()
contact.enqueue = us(at)
take_place(contact, at)
contact.expire = us(at + (tonumber(contact.max_wait) or rules.max_wait))
local attached = attributes ~= '' and write_document(key('attributes', contact_id), cjson.decode(attributes))
if tonumber(owner_lease) > 0 then schedule('owner:' .. owner, at + tonumber(owner_lease)) end
if plan then plan_contact(contact, plan, at) end
if not contact.state then
  if contact.preferred then hold_out(contact, at) end
  join_queue(contact, at)
end
commit(contact.state == 'SCHEDULED' and 'CONTACT_SCHEDULED' or 'CONTACT_ENQUEUED', at,
  {contact = contact, attributes = attached and attributes})
local reply = remember(request_id, fingerprint, ok(written[contact_id]))
reply[3] = attached or ''
if match_one == '1' and redis.call('EXISTS', key('marked'), key('unmet')) > 0 then
-- Here, so that its functions are made only when somebody may be free.
-- @include "lib/match"
  -- One at most: what more there is to do dispatchers hear of, as always.
  reply[4] = (#match(1) - 2) / 2
end
return reply
