-- The canonical text of what a contact requires at the time `at`:
-- channel|skill=level,...|barred agent,... It is the identity of its class.
local function requirement(contact, at)
  local skills, barred = {}, {}
  for i, required in ipairs(contact.skills) do skills[i] = required.skill .. '=' .. required.level end
  for _, bar in ipairs(contact.bars) do
    if tonumber(bar.over) > at then barred[#barred + 1] = bar.agent end
  end
  table.sort(skills)
  table.sort(barred)
  return contact.channel .. '|' .. table.concat(skills, ',') .. '|' .. table.concat(barred, ',')
end
