-- @include "lib/looks"
-- @include "lib/comparison"
-- @include "lib/mark_classes"
-- An agent that becomes available, or gains a skill, is the candidate of every waiting class of these
-- channels that he satisfies; those classes are marked. One call looks at 1 000 classes for all such
-- agents; who would need more becomes known to them by the match, in steps (lib/meet_classes).
local function add_candidate(agent, skills_text, channels)
  local classes = redis.call('HLEN', key('classes'))
  if classes == 0 then return end
  local named = key('waiting_classes', '@' .. agent.id)
  if classes > meets_left then
    local count = redis.call('SCARD', key('waiting_classes')) + redis.call('SCARD', named)
    for _, held in ipairs(agent.skills) do count = count + redis.call('SCARD', key('waiting_classes', held.skill)) end
    if count > meets_left then
      redis.call('ZADD', key('unmet'), agent.idle, agent.id)
      redis.call('HSET', key('meetings'), agent.id, '0')
      return
    end
  end
  local anchored = redis.call('SUNION', key('waiting_classes'), named)
  for _, held in ipairs(agent.skills) do
    for _, class_id in ipairs(redis.call('SMEMBERS', key('waiting_classes', held.skill))) do
      anchored[#anchored + 1] = class_id
    end
  end
  meets_left = meets_left - #anchored
  local could_take = comparison(agent, skills_text, channels)
  for first = 1, #anchored, 500 do
    local slice = {unpack(anchored, first, math.min(first + 499, #anchored))}
    mark_classes(agent, slice, redis.call('HMGET', key('classes'), unpack(slice)), could_take)
  end
end
