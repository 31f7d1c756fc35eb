-- @include "lib/walk_on"
-- @include "lib/free_candidates"
-- The agents among whom a strategy chooses: of those who are free and satisfy a class, the `CHOICE`
-- who have been available longest, in that order: their ids, and their skills' texts. The last
-- value is false when the budget does not allow to tell yet; then some may be missing.
local function eligible_agents(class_id, class, budget)
  while true do
    local walked = walk_on(class_id, class, budget)
    local ids, texts, known = free_candidates(class_id, class, walked or '+inf', budget)
    if not known or #ids == CHOICE or not walked then return ids, texts, known end
    if budget.agents == 0 then return ids, texts, false end
  end
end
