-- @include "lib/satisfies"
-- The candidate of a class who has been available longest, with the start of his idle
-- time; those who are no longer free or no longer satisfy it are dropped. Drops
-- no more than `budget.candidates`; the third value is false when that was not enough.
local function lowest_candidate(class_id, class, budget)
  local candidates, available = key('candidates', class_id), key('available', class.channel)
  -- The first is nearly always the one; where he is not, many are not.
  local most = 0
  while true do
    local page = redis.call('ZRANGE', candidates, 0, most, 'WITHSCORES')
    if #page == 0 then return nil, nil, true end
    most = 49
    local ids = {}
    for i = 1, #page, 2 do ids[#ids + 1] = page[i] end
    local free, stale = redis.call('ZMSCORE', available, unpack(ids)), {}
    for i, agent_id in ipairs(ids) do
      local idle = page[2 * i]
      local fits = free[i] == idle and satisfies(agent_id, redis.call('HGET', key('agent_skills'), agent_id), class)
      if fits or budget.candidates == 0 then
        if #stale > 0 then redis.call('ZREM', candidates, unpack(stale)) end
        if fits then return agent_id, tonumber(idle), true end
        return nil, nil, false
      end
      budget.candidates = budget.candidates - 1
      stale[#stale + 1] = agent_id
    end
    redis.call('ZREM', candidates, unpack(stale))
  end
end
