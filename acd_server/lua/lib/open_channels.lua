-- @include "lib/channels"
-- The channels of which an agent could take one more contact. Without a `room` of his own he
-- holds one contact at a time, which is what the defaults come to.
local function open_channels(agent)
  if agent.presence ~= 'AVAILABLE' or agent.next then return {} end
  local room = agent.room
  if not room then return #agent.held == 0 and CHANNELS or {} end
  local used, counts, found = 0, {}, {}
  for _, held in ipairs(agent.held) do
    used = used + (held.cost or 100)
    if held.channel then counts[held.channel] = (counts[held.channel] or 0) + 1 end
  end
  for _, channel in ipairs(CHANNELS) do
    local rule = room.channels[channel]
    if used + rule.cost <= room.total and (counts[channel] or 0) < rule.most then found[#found + 1] = channel end
  end
  return found
end
