-- @include "lib/us"
-- Gives a contact its rank: its place in the line, which is a time, less what it is ahead: its
-- credit, and for each point of priority the center's head start or, under STRICT, more than any
-- wait (3 years). Ranks that could meet are kept apart by a microsecond.
local STRICT, HEAD_START = 1e14, 60000000
local function take_place(contact, place)
  local ahead = tonumber(contact.credit or '0')
  if contact.priority > 0 then
    local rule, points = unpack(redis.call('HMGET', key('center'), 'priority_rule', 'head_start'))
    local weight = rule == 'HEAD_START' and tonumber(points or HEAD_START) or STRICT
    ahead = ahead + contact.priority * weight
  end
  local rank = place - ahead
  if ahead > 0 or contact.schedule then
    while redis.call('ZCOUNT', key('queue'), us(rank), us(rank)) > 0 do rank = rank + 1 end
  end
  contact.rank = us(rank)
end
