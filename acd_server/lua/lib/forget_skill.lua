-- @include "lib/without_skill"
-- A contact no longer names a skill, neither in what it requires now nor in what was asked for, nor in
-- its relaxation steps.
local function forget_skill(contact, skill_id)
  contact.skills = without_skill(contact.skills, skill_id)
  contact.asked = without_skill(contact.asked, skill_id)
  for _, step in ipairs(contact.steps or {}) do step.skills = without_skill(step.skills, skill_id) end
  redis.call('ZREM', key('skill_contacts', skill_id), contact.id)
end
