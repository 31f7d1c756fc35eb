-- @include "lib/lowest_candidate"
-- @include "lib/walk"
-- The agent who has been available longest of all that satisfy a class; nil when there
-- is none. The second value is false when the budget does not allow to tell yet.
local function best_agent(class_id, class, budget)
  local candidate, idle, known = lowest_candidate(class_id, class, budget)
  if not known then return nil, false end
  local earlier, _, done = walk(class_id, class, idle, budget)
  if earlier then return earlier, true end
  return done and candidate or nil, done
end
