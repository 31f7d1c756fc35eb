-- @include "lib/parse_requirement"
-- A class that gets its first contact. Some free agent may satisfy it: a walk of the
-- smallest of its availability sets begins, and the class is marked until the
-- walk is over; with an empty set nobody can, and it is not marked. One for a named agent
-- needs no walk.
local function open_class(class_id, text, rank)
  local class = parse_requirement(text)
  redis.call('HSET', key('classes'), class_id, text)
  redis.call('ZADD', key('heads'), rank, class_id)
  redis.call('SADD', key('waiting_classes', class.anchor), class_id)
  if class.only then
    local idle = redis.call('ZSCORE', key('available', class.channel), class.only)
    if idle then
      redis.call('ZADD', key('candidates', class_id), idle, class.only)
      redis.call('ZADD', key('marked'), rank, class_id)
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
