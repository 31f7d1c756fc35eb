#!lua
--[[
Creates a skill.

ARGV  skill_id, display_name, max_skills, request_id, fingerprint
ok    skill
err   RESOURCE_NOT_FOUND, RESOURCE_EXISTS, LIMIT_EXCEEDED, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local skill_id, display_name, max_skills, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/stamp"
-- @include "lib/center_state"
-- @include "lib/commit_skill"

local seen = recall(request_id, fingerprint)
if seen then return seen end
local state, refusal = center_state()
if not state then return refusal end
if redis.call('ZSCORE', key('skills'), skill_id) then
  return refuse('RESOURCE_EXISTS', 'name', name('skills', skill_id))
end
if redis.call('ZCARD', key('skills')) >= tonumber(max_skills) then
  return refuse('LIMIT_EXCEEDED', 'name', name() .. '/skills', 'limit', max_skills)
end

local at = stamp()
redis.call('ZADD', key('skills'), 0, skill_id)
redis.call('SADD', key('live_skills'), skill_id)
local skill = {id = skill_id, display_name = display_name, deleting = false, create = us(at)}
return remember(request_id, fingerprint, ok(commit_skill('SKILL_CREATED', at, skill)))
