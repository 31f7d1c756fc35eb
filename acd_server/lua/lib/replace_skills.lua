-- @include "lib/named_skills"
-- @include "lib/leave_class"
-- @include "lib/join_class"
-- @include "lib/give_up_target"
-- @include "lib/give_up_preferred"
-- @include "lib/end_steps"
-- A queued contact requires other skills from now on, and goes to their class with its rank; whom it
-- waited for until then is given up, and its relaxation steps end. Skills that are gone are left out.
local function replace_skills(contact, skills, at)
  leave_class(contact)
  give_up_target(contact)
  give_up_preferred(contact, 'REPLACED')
  end_steps(contact)
  for _, skill_id in ipairs(named_skills(contact)) do redis.call('ZREM', key('skill_contacts', skill_id), contact.id) end
  contact.asked, contact.skills = contact.asked or contact.skills, {}
  for _, required in ipairs(skills) do
    if redis.call('SISMEMBER', key('live_skills'), required.skill) == 1 then
      contact.skills[#contact.skills + 1] = required
    end
  end
  for _, skill_id in ipairs(named_skills(contact)) do
    redis.call('ZADD', key('skill_contacts', skill_id), contact.enqueue, contact.id)
  end
  join_class(contact, at)
end
