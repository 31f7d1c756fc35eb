-- Keeps the rank of a class's first contact where classes are compared: in heads
-- (all waiting classes) and, if it is marked, in marked.
local function set_head(class_id, rank)
  redis.call('ZADD', key('heads'), rank, class_id)
  redis.call('ZADD', key('marked'), 'XX', rank, class_id)
end
