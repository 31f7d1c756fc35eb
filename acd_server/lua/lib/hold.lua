-- Says in the agent's document that an assignment that he holds is in this state.
local function hold(agent, contact_id, number, state)
  for _, held in ipairs(agent.held) do
    if held.contact == contact_id and held.n == number then
      held.state = state
      return
    end
  end
end
