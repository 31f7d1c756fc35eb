-- @include "lib/named_skills"
-- @seldom "lib/forget_skill"
-- @include "lib/join_queue"
-- Puts a contact in the queue that was in the center before: requirements of skills that were deleted meanwhile are
-- dropped.
local function enter_queue(contact, at)
  for _, skill_id in ipairs(named_skills(contact)) do
    if redis.call('SISMEMBER', key('live_skills'), skill_id) == 0 then forget_skill(contact, skill_id) end
  end
  join_queue(contact, at)
end
