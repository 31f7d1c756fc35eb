-- @include "lib/satisfies"
-- @include "lib/us"
-- Goes on with the walk of a class through the available agents, in order of idle
-- time, as far as `limit` (nil: to the end). Who satisfies the class becomes its
-- candidate and is returned. The last value is true when the walk got there, false
-- when the budget of agents ran out first.
local function walk(class_id, class, limit, budget)
  local state = redis.call('HGET', key('walks'), class_id)
  if not state then return nil, nil, true end
  local cursor, source = string.match(state, '^(%d+) (.*)$')
  local index = source == '' and key('available', class.channel) or key('available', class.channel, source)
  local last = limit and '(' .. us(limit) or '+inf'
  -- Where agents are free, one of the first is nearly always it.
  local most = 5
  while budget.agents > 0 do
    local count = math.min(budget.agents, most)
    most = 50
    local page = redis.call('ZRANGEBYSCORE', index, '(' .. cursor, last, 'WITHSCORES', 'LIMIT', 0, count)
    local ids = {}
    for i = 1, #page, 2 do ids[#ids + 1] = page[i] end
    local texts = #ids > 0 and redis.call('HMGET', key('agent_skills'), unpack(ids)) or {}
    budget.agents = budget.agents - #ids
    for i, agent_id in ipairs(ids) do
      cursor = page[2 * i]
      if satisfies(agent_id, texts[i], class) then
        redis.call('ZADD', key('candidates', class_id), cursor, agent_id)
        redis.call('HSET', key('walks'), class_id, cursor .. ' ' .. source)
        return agent_id, tonumber(cursor), true
      end
    end
    if #ids < count then
      if limit then
        redis.call('HSET', key('walks'), class_id, us(math.max(limit - 1, tonumber(cursor))) .. ' ' .. source)
      else
        redis.call('HDEL', key('walks'), class_id)
      end
      return nil, nil, true
    end
  end
  redis.call('HSET', key('walks'), class_id, cursor .. ' ' .. source)
  return nil, nil, false
end
