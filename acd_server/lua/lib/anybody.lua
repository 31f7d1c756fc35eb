-- @include "lib/looks"
-- @include "lib/satisfies"
-- Whether anybody who is signed in, free or not, has the skills of a class and could ever have room for
-- its channel: true or false; nil when 100 agents do not tell, with where to go on (`from`). A script
-- looks at 1 000 agents in all. Who signs in behind the place that a look got to is not seen by it.
local function anybody(class, from)
  local rarest, fewest = nil, nil
  for _, required in ipairs(class.skills) do
    local count = redis.call('ZCOUNT', key('signed_in', required[3]), required[2], '+inf')
    if count == 0 then return false end
    if not fewest or count < fewest then rarest, fewest = required, count end
  end
  local excluded = key('excluded', class.channel)
  local some = redis.call('EXISTS', excluded) == 1
  if not rarest or (#class.skills == 1 and not some) then return true end
  local index, wanted = key('signed_in', rarest[3]), {skills = class.skills, barred = {}}
  local first = redis.call('ZCARD', index) - fewest
  local skill, last = string.match(from or '', '^(.-)/(.*)$')
  local rank = skill == rarest[3] and redis.call('ZRANK', index, last)
  if rank then first = math.max(first, rank + 1) end
  for _ = 1, 4 do
    if looks_left <= 0 then return nil, from end
    local ids = redis.call('ZRANGE', index, first, first + 24)
    if #ids == 0 then return false end
    local texts = redis.call('HMGET', key('agent_skills'), unpack(ids))
    local out = some and redis.call('SMISMEMBER', excluded, unpack(ids)) or {}
    looks_left, first, from = looks_left - #ids, first + #ids, rarest[3] .. '/' .. ids[#ids]
    for i, agent_id in ipairs(ids) do
      if out[i] ~= 1 and satisfies(agent_id, texts[i], wanted) then return true end
    end
    if #ids < 25 then return false end
  end
  return nil, from
end
