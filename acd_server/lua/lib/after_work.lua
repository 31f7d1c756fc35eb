-- @include "lib/set_presence"
-- Nothing is held any more: the agent becomes what was to come after work. Called last, with
-- the agent whose work a verb or a deadline ended, if there is one.
local function after_work(agent)
  if agent and agent.next and #agent.held == 0 then
    set_presence(agent, agent.next.presence, agent.next.reason)
  end
end
