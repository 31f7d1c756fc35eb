#!lua
--[[
Puts a contact in the queue.

ARGV  contact_id, channel, skills (JSON list of {skill, level}), priority, attributes
      (JSON, '' for none), owner, owner_lease (us, 0: leave it),
      plan (JSON: time, window, attempts, delay, target, wait, parent, credit; each optional, as text, times in us), max_waiting,
      max_classes, request_id, fingerprint
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
-- @include "lib/center_state"
-- @include "lib/policy"
-- @include "lib/take_place"
-- @include "lib/stamp"
-- @include "lib/now"
-- @include "lib/schedule"
-- @include "lib/requirement"
-- @include "lib/enter_queue"
-- @include "lib/plan_contact"
-- @include "lib/aim"
-- @include "lib/check_target"
-- @include "lib/check_parent"
-- @include "lib/commit"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local state, refusal = center_state()
if not state then return refusal end
plan = cjson.decode(plan)
if state == 'CLOSED' and not plan.time then return refuse('CENTER_CLOSED', 'name', name()) end
if redis.call('EXISTS', key('contact', contact_id)) == 1 then
  return refuse('RESOURCE_EXISTS', 'name', name('contacts', contact_id))
end
local unknown = plan.target and check_target(plan.target) or plan.parent and check_parent(plan.parent)
if unknown then return unknown end
local required = cjson.decode(skills)
for _, requirement_of in ipairs(required) do
  local skill = requirement_of.skill
  if redis.call('SISMEMBER', key('live_skills'), skill) == 0 then
    local deleting = redis.call('ZSCORE', key('skills'), skill)
    return refuse(deleting and 'SKILL_DELETING' or 'RESOURCE_NOT_FOUND', 'name', name('skills', skill))
  end
end
if redis.call('ZCARD', plan.time and key('contacts', 'SCHEDULED') or key('queue')) >= tonumber(max_waiting) then
  return refuse('QUEUE_FULL', 'name', name(), 'limit', max_waiting)
end
if plan.time and tonumber(plan.time) > now() + 2592000000000 then
  return refuse('LIMIT_EXCEEDED', 'name', name('contacts', contact_id) .. '/schedule_time', 'limit', '30 days ahead')
end
local contact = {
  id = contact_id, channel = channel, skills = required, priority = tonumber(priority), owner = owner,
  reason = '', assignments = {}, offers = 0, bars = {}, ended = '', target = plan.target, parent = plan.parent,
  credit = plan.credit ~= '0' and plan.credit or nil,
}
if not plan.time and redis.call('HLEN', key('classes')) >= tonumber(max_classes)
  and redis.call('HEXISTS', key('classes'), redis.sha1hex(requirement(contact, 0))) == 0 then
  return refuse('TOO_MANY_CLASSES', 'name', name(), 'limit', max_classes)
end

local at = stamp()
contact.enqueue = us(at)
take_place(contact, at)
contact.expire = us(at + policy('max_wait'))
if attributes ~= '' then write_document(key('attributes', contact_id), cjson.decode(attributes)) end
if tonumber(owner_lease) > 0 then schedule('owner:' .. owner, at + tonumber(owner_lease)) end
plan_contact(contact, plan, at)
if plan.target then aim(contact, plan.target, tonumber(plan.wait), at) end
if not contact.state then enter_queue(contact, at) end
commit(contact.state == 'SCHEDULED' and 'CONTACT_SCHEDULED' or 'CONTACT_ENQUEUED', at,
  {contact = contact, attributes = attributes ~= '' and attributes or nil})
local reply = remember(request_id, fingerprint, ok(read_text(key('contact', contact_id))))
return contact_reply(reply, contact_id)
