-- @include "lib/choice"
-- @include "lib/satisfies"
-- Goes on with the walk of a class until `CHOICE` candidates are no later than where it stands.
-- Returns where that is; nil when it is over. Some of those candidates may not be free any more.
local function walk_on(class_id, class, budget)
  local state = redis.call('HGET', key('walks'), class_id)
  if not state then return nil end
  local cursor, source = string.match(state, '^(%d+) (.*)$')
  local index = source == '' and key('available', class.channel) or key('available', class.channel, source)
  while budget.agents > 0 and redis.call('ZCOUNT', key('candidates', class_id), '-inf', cursor) < CHOICE do
    local count = math.min(budget.agents, 100)
    local page = redis.call('ZRANGEBYSCORE', index, '(' .. cursor, '+inf', 'WITHSCORES', 'LIMIT', 0, count)
    local ids, additions = {}, {}
    for i = 1, #page, 2 do ids[#ids + 1] = page[i] end
    local texts = #ids > 0 and redis.call('HMGET', key('agent_skills'), unpack(ids)) or {}
    budget.agents = budget.agents - #ids
    for i, agent_id in ipairs(ids) do
      cursor = page[2 * i]
      if satisfies(agent_id, texts[i], class) then
        additions[#additions + 1], additions[#additions + 2] = cursor, agent_id
      end
    end
    if #additions > 0 then redis.call('ZADD', key('candidates', class_id), unpack(additions)) end
    if #ids < count then
      redis.call('HDEL', key('walks'), class_id)
      return nil
    end
  end
  redis.call('HSET', key('walks'), class_id, cursor .. ' ' .. source)
  return cursor
end
