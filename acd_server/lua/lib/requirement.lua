-- The canonical text of what a contact requires at the time `at`: channel|skill=level,...|barred agent,...
-- and, for a named agent, |agent, or, while it holds out for preferred ones, ||agent,... It is the
-- identity of its class.
local function requirement(contact, at)
  local skills, barred = {}, ''
  if not contact.target then
    for i, required in ipairs(contact.skills) do skills[i] = required.skill .. '=' .. required.level end
  end
  table.sort(skills)
  if #contact.bars > 0 then
    local agents = {}
    for _, bar in ipairs(contact.bars) do
      if tonumber(bar.over) > at then agents[#agents + 1] = bar.agent end
    end
    table.sort(agents)
    barred = table.concat(agents, ',')
  end
  local text = contact.channel .. '|' .. table.concat(skills, ',') .. '|' .. barred
  if contact.target then return text .. '|' .. contact.target end
  return contact.named and text .. '||' .. table.concat(contact.named, ',') or text
end
