-- The ids of the skills that a contact names: those that it requires now, and those that were asked
-- for, if they are others. Waiting contacts are indexed by them.
local function named_skills(contact)
  local ids = {}
  for i, required in ipairs(contact.skills) do ids[i] = required.skill end
  if not contact.asked then return ids end
  local seen = {}
  for _, skill_id in ipairs(ids) do seen[skill_id] = true end
  for _, required in ipairs(contact.asked) do
    if not seen[required.skill] then ids[#ids + 1] = required.skill end
  end
  return ids
end
