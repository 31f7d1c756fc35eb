-- @include "lib/us"
-- @include "lib/named_skills"
-- @include "lib/forget_skill"
-- @include "lib/join_class"
-- @include "lib/await_overflow"
-- @include "lib/schedule"
-- @include "lib/keep_holding_out"
-- Puts a contact in the queue at its rank. The wait ends by itself at its expire
-- time, or at once when that passed while an offer was open. Requirements of
-- skills that were deleted meanwhile are dropped.
local function enter_queue(contact, at)
  for _, skill_id in ipairs(named_skills(contact)) do
    if redis.call('SISMEMBER', key('live_skills'), skill_id) == 0 then forget_skill(contact, skill_id) end
  end
  contact.state, contact.queued = 'QUEUED', us(at)
  if contact.named then keep_holding_out(contact, at) end
  redis.call('ZADD', key('queue'), contact.rank, contact.id)
  join_class(contact, at)
  schedule('maxwait:' .. contact.id, math.max(at, tonumber(contact.expire)))
  if contact.overflow then await_overflow(contact, at) end
end
