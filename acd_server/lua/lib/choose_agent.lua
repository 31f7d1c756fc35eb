-- @include "lib/eligible_agents"
-- @include "lib/measures"
-- The agent for a class by a center's strategy; nil when there is none. The second value is false when
-- the budget does not allow to tell yet. The third is all agents compared, if there may be more who
-- satisfy the class: each of them who goes to another contact lets the next one in.
local function choose_agent(class_id, class, budget, strategy)
  local ids, texts, known = eligible_agents(class_id, class, budget)
  budget.compared = budget.compared - #ids
  if not known or #ids == 0 then return nil, known end
  local measured, best = measures(strategy, ids, texts, class), 1
  for i = 2, #ids do
    if measured[i] < measured[best] then best = i end
  end
  return ids[best], true, #ids == CHOICE and ids or nil
end
