-- @include "lib/counted"
-- What the center's clock counts, read once in a script: the newest stamp, the sequence of the newest event, and the
-- bytes of all events. They are written with each event.
local function ledger()
  if not counted then
    local stamp, sequence, bytes = unpack(redis.call('HMGET', key('clock'), 'stamp', 'sequence', 'bytes'))
    counted = {stamp = tonumber(stamp or '0'), sequence = tonumber(sequence or '0'), bytes = tonumber(bytes or '0')}
  end
  return counted
end
