-- @include "lib/leave_class"
-- @include "lib/unschedule"
-- Takes a queued contact out of the queue, its class and its deadlines.
local function leave_queue(contact)
  redis.call('ZREM', key('queue'), contact.id)
  leave_class(contact)
  unschedule('maxwait:' .. contact.id)
  if contact.overflow then unschedule('overflow:' .. contact.id) end
  if contact.target then unschedule('target:' .. contact.id) end
  if contact.named then unschedule('preferred:' .. contact.id) end
end
