-- What an agent is doing, derived from the assignments held.
local function activity(agent)
  local found = 'IDLE'
  for _, held in ipairs(agent.held) do
    if held.state == 'ACTIVE' then return 'BUSY' end
    if held.state == 'OFFERED' then found = 'RESERVED' end
    if held.state == 'WRAP_UP' and found == 'IDLE' then found = 'WRAP_UP' end
  end
  return found
end
