-- @include "lib/satisfies"
-- Which share of agents {id, skills text} could serve a class; 0 of none.
local function share(agents, class)
  local able = 0
  for _, agent in ipairs(agents) do
    if satisfies(agent[1], agent[2], class) then able = able + 1 end
  end
  return #agents > 0 and able / #agents or 0
end
