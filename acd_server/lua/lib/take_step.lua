-- @include "lib/us"
-- A contact's next relaxation step holds since `begun`: what it requires now is the step's.
local function take_step(contact, begun)
  local number = (contact.step or 0) + 1
  local following = contact.steps[number + 1]
  contact.asked = contact.asked or contact.skills
  contact.skills, contact.step = contact.steps[number].skills, number
  contact.step_due = following and us(begun + following.after) or nil
end
