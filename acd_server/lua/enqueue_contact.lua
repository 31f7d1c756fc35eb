#!lua
--[[
Puts a contact in the queue.

ARGV  contact_id, channel, skills (JSON list of {skill, level}), priority, attributes
      (JSON, '' for none), owner, owner_lease (us, 0: leave it),
      plan (JSON: time, window, attempts, delay, target, wait, parent, credit, max_wait, overflow (JSON list),
      preferred (agents, divided by commas), hold; each optional, as text, times in us; steps: list of
      {after, skills}), max_waiting, max_classes, request_id, fingerprint
ok    contact, attributes
err   RESOURCE_NOT_FOUND, CENTER_CLOSED, RESOURCE_EXISTS, SKILL_DELETING, QUEUE_FULL,
      TOO_MANY_CLASSES, LIMIT_EXCEEDED, WRONG_STATE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, channel, skills, priority, attributes, owner, owner_lease, plan, max_waiting, max_classes, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/admission"
-- @include "lib/check_limits"
-- @include "lib/check_skills"
-- @include "lib/check_overflow"
-- @include "lib/take_place"
-- @include "lib/stamp"
-- @include "lib/now"
-- @include "lib/schedule"
-- @include "lib/requirement"
-- @include "lib/parse_requirement"
-- @include "lib/none_named"
-- @include "lib/enter_queue"
-- @include "lib/plan_contact"
-- @include "lib/aim"
-- @include "lib/check_target"
-- @include "lib/check_preferred"
-- @include "lib/hold_out"
-- @include "lib/check_parent"
-- @include "lib/commit"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local rules, refusal = admission()
if not rules then return refusal end
plan = cjson.decode(plan)
if rules.state == 'CLOSED' and not plan.time then return refuse('CENTER_CLOSED', 'name', name()) end
if redis.call('EXISTS', key('contact', contact_id)) == 1 then
  return refuse('RESOURCE_EXISTS', 'name', name('contacts', contact_id))
end
local unknown = plan.target and check_target(plan.target) or plan.parent and check_parent(plan.parent)
if unknown then return unknown end
local preferred, absent = check_preferred(plan.preferred)
if absent then return absent end
local required = cjson.decode(skills)
local own_rules = plan.overflow and cjson.decode(plan.overflow)
local missing = check_skills(required) or own_rules and check_overflow(own_rules)
if missing then return missing end
if plan.time and tonumber(plan.time) > now() + 2592000000000 then
  return refuse('LIMIT_EXCEEDED', 'name', name('contacts', contact_id) .. '/schedule_time', 'limit', '30 days ahead')
end
local contact = {
  id = contact_id, channel = channel, skills = required, priority = tonumber(priority), owner = owner,
  reason = '', assignments = {}, offers = 0, bars = {}, ended = '', target = plan.target, parent = plan.parent,
  credit = plan.credit ~= '0' and plan.credit or nil, max_wait = plan.max_wait, preferred = preferred, hold = plan.hold,
  overflow = own_rules or rules.overflow and cjson.decode(rules.overflow) or nil,
}
local later = plan.time and tonumber(plan.time) > now()
if preferred and not later then hold_out(contact, now()) end
if contact.named and none_named(parse_requirement(requirement(contact, 0))) then contact.named = nil end
local full = check_limits(contact, later, rules, tonumber(max_waiting), tonumber(max_classes))
if full then return full end

local at = stamp()
contact.enqueue = us(at)
take_place(contact, at)
contact.expire = us(at + (tonumber(contact.max_wait) or rules.max_wait))
if attributes ~= '' then write_document(key('attributes', contact_id), cjson.decode(attributes)) end
if tonumber(owner_lease) > 0 then schedule('owner:' .. owner, at + tonumber(owner_lease)) end
plan_contact(contact, plan, at)
if plan.target then aim(contact, plan.target, tonumber(plan.wait), at) end
if not contact.state then
  hold_out(contact, at)
  enter_queue(contact, at)
end
commit(contact.state == 'SCHEDULED' and 'CONTACT_SCHEDULED' or 'CONTACT_ENQUEUED', at,
  {contact = contact, attributes = attributes ~= '' and attributes or nil})
local reply = remember(request_id, fingerprint, ok(read_text(key('contact', contact_id))))
return contact_reply(reply, contact_id)
