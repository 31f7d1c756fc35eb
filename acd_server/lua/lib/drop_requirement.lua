-- @include "lib/leave_class"
-- @include "lib/join_class"
-- @include "lib/forget_skill"
-- A waiting contact no longer requires a skill; one that is queued moves to its next
-- class, with its rank.
local function drop_requirement(contact, skill_id, at)
  if contact.state == 'QUEUED' then leave_class(contact) end
  forget_skill(contact, skill_id)
  if contact.state == 'QUEUED' then join_class(contact, at) end
end
