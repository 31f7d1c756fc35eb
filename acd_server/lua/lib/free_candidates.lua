-- @include "lib/choice"
-- @include "lib/satisfies"
-- The candidates of a class whose idle time began no later than `last`, in that order, at most
-- `CHOICE` of them: their ids, and their skills' texts. Those who are no longer free or no longer
-- satisfy it are dropped. The last value is false when more had to be than `budget.candidates`.
local function free_candidates(class_id, class, last, budget)
  local candidates, available = key('candidates', class_id), key('available', class.channel)
  local ids, texts, stale, seen = {}, {}, {}, 0
  repeat
    local count = CHOICE - #ids
    local page = redis.call('ZRANGEBYSCORE', candidates, '-inf', last, 'WITHSCORES', 'LIMIT', seen, count)
    local found = {}
    for i = 1, #page, 2 do found[#found + 1] = page[i] end
    local free = #found > 0 and redis.call('ZMSCORE', available, unpack(found)) or {}
    local skills = #found > 0 and redis.call('HMGET', key('agent_skills'), unpack(found)) or {}
    for i, agent_id in ipairs(found) do
      if free[i] == page[2 * i] and satisfies(agent_id, skills[i], class) then
        ids[#ids + 1], texts[#texts + 1] = agent_id, skills[i]
      else
        stale[#stale + 1] = agent_id
      end
    end
    seen = seen + #found
  until #ids == CHOICE or #found < count or #stale > budget.candidates
  if #stale > 0 then redis.call('ZREM', candidates, unpack(stale)) end
  local known = #stale <= budget.candidates
  budget.candidates = math.max(0, budget.candidates - #stale)
  return ids, texts, known
end
