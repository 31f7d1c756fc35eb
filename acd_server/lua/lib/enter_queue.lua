-- @include "lib/us"
-- @include "lib/join_class"
-- @include "lib/schedule"
-- Puts a contact in the queue at its rank. The wait ends by itself at its expire
-- time, or at once when that passed while an offer was open. Requirements of
-- skills that were deleted meanwhile are dropped.
local function enter_queue(contact, at)
  local skills = {}
  for _, required in ipairs(contact.skills) do
    if redis.call('SISMEMBER', key('live_skills'), required.skill) == 1 then
      skills[#skills + 1] = required
    else
      redis.call('ZREM', key('skill_contacts', required.skill), contact.id)
    end
  end
  contact.skills = skills
  contact.state, contact.queued = 'QUEUED', us(at)
  redis.call('ZADD', key('queue'), contact.rank, contact.id)
  join_class(contact, at)
  schedule('maxwait:' .. contact.id, math.max(at, tonumber(contact.expire)))
end
