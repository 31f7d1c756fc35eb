-- @include "lib/parse_requirement"
-- @include "lib/anchors"
-- @include "lib/satisfies"
-- A class that gets its first contact. Some free agent may satisfy it: a walk of the
-- smallest of its availability sets begins, and the class is marked until the
-- walk is over; with an empty set nobody can, and it is not marked. One that names agents
-- needs no walk, but a look at each.
local function open_class(class_id, text, rank)
  local class = parse_requirement(text)
  redis.call('HSET', key('classes'), class_id, text)
  redis.call('ZADD', key('heads'), rank, class_id)
  for _, index in ipairs(anchors(class)) do redis.call('SADD', index, class_id) end
  if class.named then
    local idle = redis.call('ZMSCORE', key('available', class.channel), unpack(class.named))
    for i, agent_id in ipairs(class.named) do
      if idle[i] and satisfies(agent_id, redis.call('HGET', key('agent_skills'), agent_id), class) then
        redis.call('ZADD', key('candidates', class_id), idle[i], agent_id)
        redis.call('ZADD', key('marked'), rank, class_id)
      end
    end
    return
  end
  local source, smallest = '', nil
  for _, required in ipairs(class.skills) do
    local size = redis.call('ZCARD', key('available', class.channel, required[3]))
    if not smallest or size < smallest then source, smallest = required[3], size end
  end
  smallest = smallest or redis.call('ZCARD', key('available', class.channel))
  if smallest == 0 then return end
  redis.call('HSET', key('walks'), class_id, '0 ' .. source)
  redis.call('ZADD', key('marked'), rank, class_id)
end
