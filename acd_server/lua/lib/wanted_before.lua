-- @include "lib/satisfies"
-- Whether one of these agents could take a contact of the classes, which are undecided and come first.
-- Each comparison is taken from `budget.compared`; when that runs out, it might be.
local function wanted_before(ids, classes, budget)
  if #classes == 0 then return false end
  local texts = redis.call('HMGET', key('agent_skills'), unpack(ids))
  for _, class in ipairs(classes) do
    if budget.compared <= 0 then return true end
    budget.compared = budget.compared - #ids
    local open = redis.call('ZMSCORE', key('available', class.channel), unpack(ids))
    for i, agent_id in ipairs(ids) do
      if open[i] and satisfies(agent_id, texts[i], class) then return true end
    end
  end
  return false
end
