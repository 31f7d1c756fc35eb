-- @include "lib/satisfies"
-- The candidate of a class who has been available longest, with the start of his idle
-- time; those who are no longer free or no longer satisfy it are dropped. Looks at
-- no more than `budget.candidates`; the third value is false when that was not enough.
local function lowest_candidate(class_id, class, budget)
  local candidates, available = key('candidates', class_id), key('available', class.channel)
  while true do
    local found = redis.call('ZRANGE', candidates, 0, 0, 'WITHSCORES')
    if #found == 0 then return nil, nil, true end
    local agent_id, idle = found[1], tonumber(found[2])
    if tonumber(redis.call('ZSCORE', available, agent_id) or '-1') == idle then
      local text = redis.call('HGET', key('agent_skills'), agent_id)
      if satisfies(agent_id, text, class) then return agent_id, idle, true end
    end
    if budget.candidates == 0 then return nil, nil, false end
    budget.candidates = budget.candidates - 1
    redis.call('ZREM', candidates, agent_id)
  end
end
