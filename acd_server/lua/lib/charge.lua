-- An agent holds one more contact, and its cost, from the offer on.
local function charge(agent, contact, number)
  local cost = agent.room and agent.room.channels[contact.channel].cost or 100
  agent.held[#agent.held + 1] =
    {contact = contact.id, n = number, state = 'OFFERED', channel = contact.channel, cost = cost}
end
