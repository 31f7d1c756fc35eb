-- @include "lib/stamp"
-- @include "lib/take_place"
-- @include "lib/set_head"
-- @include "lib/commit"
-- Gives a contact that is not served yet another priority and credit, by the rule that is in force
-- now, with an event of this type. One that is queued goes to its new rank in the queue and in its class.
local function reprioritize(contact, priority, credit, event_type)
  local at, queued = stamp(), contact.state == 'QUEUED'
  contact.priority, contact.credit = priority, credit
  if queued then redis.call('ZREM', key('queue'), contact.id) end
  if contact.state ~= 'SCHEDULED' then take_place(contact, tonumber(contact.place or contact.enqueue)) end
  if queued then
    redis.call('ZADD', key('queue'), contact.rank, contact.id)
    redis.call('ZADD', key('class', contact.class), contact.rank, contact.id)
    set_head(contact.class, redis.call('ZRANGE', key('class', contact.class), 0, 0, 'WITHSCORES')[2])
  end
  commit(event_type, at, {contact = contact})
end
