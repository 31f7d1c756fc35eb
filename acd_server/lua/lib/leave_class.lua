-- @include "lib/parse_requirement"
-- @include "lib/anchors"
-- @include "lib/set_head"
-- @include "lib/unschedule"
-- @include "lib/list_step"
-- Takes a contact out of its class; an empty class is forgotten.
local function leave_class(contact)
  local class_id = contact.class
  if #contact.bars > 0 then unschedule('bar:' .. contact.id) end
  if contact.steps then list_step(contact, class_id, false) end
  contact.class = ''
  redis.call('ZREM', key('class', class_id), contact.id)
  local head = redis.call('ZRANGE', key('class', class_id), 0, 0, 'WITHSCORES')
  if #head > 0 then
    if tonumber(head[2]) > tonumber(contact.rank) then set_head(class_id, head[2]) end
    return
  end
  local class = parse_requirement(redis.call('HGET', key('classes'), class_id))
  for _, index in ipairs(anchors(class)) do redis.call('SREM', index, class_id) end
  redis.call('HDEL', key('classes'), class_id)
  redis.call('HDEL', key('walks'), class_id)
  redis.call('ZREM', key('heads'), class_id)
  redis.call('ZREM', key('marked'), class_id)
  redis.call('UNLINK', key('candidates', class_id))
end
