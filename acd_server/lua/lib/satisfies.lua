-- Whether an agent with the skills `text` (,skill=level,...,) may take a contact of
-- the class. `text` is false for an agent that no longer exists.
local function satisfies(agent_id, text, class)
  if not text or class.barred[agent_id] or (class.only and class.only ~= agent_id) then return false end
  if class.preferred and not class.preferred[agent_id] then return false end
  for _, required in ipairs(class.skills) do
    local _, found = string.find(text, required[1], 1, true)
    if not found or tonumber(string.match(text, '^%d+', found + 1)) < required[2] then return false end
  end
  return true
end
