-- @include "lib/leave_class"
-- @include "lib/join_class"
-- A waiting contact no longer requires a skill; one that is queued moves to its next
-- class, with its rank.
local function drop_requirement(contact, skill_id, at)
  if contact.state == 'QUEUED' then leave_class(contact) end
  local skills = {}
  for _, required in ipairs(contact.skills) do
    if required.skill ~= skill_id then skills[#skills + 1] = required end
  end
  contact.skills = skills
  redis.call('ZREM', key('skill_contacts', skill_id), contact.id)
  if contact.state == 'QUEUED' then join_class(contact, at) end
end
