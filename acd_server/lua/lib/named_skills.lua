-- The ids of the skills that a contact names: those that it requires now, and those that were asked
-- for, if they are others. Waiting contacts are indexed by them.
local function named_skills(contact)
  local ids, seen = {}, {}
  for _, list in ipairs({contact.skills, contact.asked}) do
    for _, required in ipairs(list) do
      if not seen[required.skill] then
        seen[required.skill] = true
        ids[#ids + 1] = required.skill
      end
    end
  end
  return ids
end
