-- A list of requirements without those of one skill; nil of nil.
local function without_skill(list, skill_id)
  if not list then return nil end
  local kept = {}
  for _, required in ipairs(list) do
    if required.skill ~= skill_id then kept[#kept + 1] = required end
  end
  return kept
end
