-- Makes an agent the candidate of those of these classes (with their texts, at most 500) that he could take,
-- and marks them.
local function mark_classes(agent, class_ids, texts, could_take)
  local found, marks = {}, {}
  for i, class_id in ipairs(class_ids) do
    if could_take(texts[i]) then
      redis.call('ZADD', key('candidates', class_id), agent.idle, agent.id)
      found[#found + 1] = class_id
    end
  end
  if #found == 0 then return end
  for i, head in ipairs(redis.call('ZMSCORE', key('heads'), unpack(found))) do
    marks[2 * i - 1], marks[2 * i] = head, found[i]
  end
  redis.call('ZADD', key('marked'), unpack(marks))
end
