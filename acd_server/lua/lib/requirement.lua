-- The canonical text of what a contact requires at the time `at`: channel|skill=level,...|barred agent,...
-- and, for a named agent, |agent, or, while it holds out for preferred ones, ||agent,... It is the
-- identity of its class.
local function requirement(contact, at)
  local skills, barred = {}, {}
  if not contact.target then
    for i, required in ipairs(contact.skills) do skills[i] = required.skill .. '=' .. required.level end
  end
  for _, bar in ipairs(contact.bars) do
    if tonumber(bar.over) > at then barred[#barred + 1] = bar.agent end
  end
  table.sort(skills)
  table.sort(barred)
  local text = contact.channel .. '|' .. table.concat(skills, ',') .. '|' .. table.concat(barred, ',')
  if contact.target then return text .. '|' .. contact.target end
  return contact.named and text .. '||' .. table.concat(contact.named, ',') or text
end
