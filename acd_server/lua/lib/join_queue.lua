-- @include "lib/us"
-- @include "lib/schedule"
-- @include "lib/join_class"
-- @seldom "lib/await_overflow"
-- @seldom "lib/keep_holding_out"
-- Puts a contact, all of whose skills there are, in the queue at its rank. The wait ends by itself at its expire
-- time, or at once when that passed while an offer was open.
local function join_queue(contact, at)
  contact.state, contact.queued = 'QUEUED', us(at)
  if contact.named then keep_holding_out(contact, at) end
  redis.call('ZADD', key('queue'), contact.rank, contact.id)
  join_class(contact, at)
  schedule('maxwait:' .. contact.id, math.max(at, tonumber(contact.expire)))
  if contact.overflow then await_overflow(contact, at) end
end
