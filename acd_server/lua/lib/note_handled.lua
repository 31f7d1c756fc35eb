-- @include "lib/us"
-- @include "lib/slots"
-- Counts an assignment that was served, from accept to end, into the handle times of its
-- channel: a sum for each slot of time.
local function note_handled(channel, accepted, at)
  local slot = math.floor(at / SLOT)
  local field = channel .. ':' .. slot % SLOTS
  local kept, count, sum = string.match(redis.call('HGET', key('handled'), field) or '', '^(%d+) (%d+) (%d+)$')
  if tonumber(kept) ~= slot then count, sum = 0, 0 end
  redis.call('HSET', key('handled'), field, slot .. ' ' .. count + 1 .. ' ' .. us(sum + at - accepted))
end
