-- @include "lib/slots"
-- The mean handle time of a channel over the slots of the last hour, in microseconds, and
-- how many contacts it is of; nil without any.
local function handle_time(channel, at)
  local newest, fields = math.floor(at / SLOT), {}
  for i = 0, SLOTS - 1 do fields[i + 1] = channel .. ':' .. i end
  local count, sum = 0, 0
  for _, kept in ipairs(redis.call('HMGET', key('handled'), unpack(fields))) do
    local slot, n, total = string.match(kept or '', '^(%d+) (%d+) (%d+)$')
    if slot and tonumber(slot) > newest - SLOTS then count, sum = count + n, sum + total end
  end
  if count > 0 then return sum / count, count end
  return nil, 0
end
