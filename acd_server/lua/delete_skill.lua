#!lua
--[[
Begins the deletion of a skill: nobody can be given it and nothing can require it from
now on; a job takes it from agents and contacts, in steps.

ARGV  skill_id, force (0 or 1), request_id, fingerprint
ok    skill
err   RESOURCE_NOT_FOUND, SKILL_IN_USE, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local skill_id, force, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/read_document"
-- @include "lib/commit_skill"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local skill = read_document(key('skill', skill_id))
if not skill then return refuse('RESOURCE_NOT_FOUND', 'name', name('skills', skill_id)) end
if skill.deleting then
  touch()
  return remember(request_id, fingerprint, ok(read_text(key('skill', skill_id))))
end
local waiting = redis.call('ZCARD', key('skill_contacts', skill_id))
if waiting > 0 and force == '0' then
  return refuse('SKILL_IN_USE', 'name', name('skills', skill_id), 'waiting', tostring(waiting))
end

local at = stamp()
redis.call('SREM', key('live_skills'), skill_id)
skill.deleting = true
schedule('job:skill:' .. skill_id, at)
return remember(request_id, fingerprint, ok(commit_skill('SKILL_DELETING', at, skill)))
