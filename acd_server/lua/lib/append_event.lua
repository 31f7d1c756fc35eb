-- @include "lib/us"
-- @include "lib/ledger"
-- @include "lib/wake"
-- @include "lib/trim_history"
-- Adds an event to the center's stream, number `sequence`, the next one, with pairs of field and text.
local function append_event(sequence, at, event_type, fields)
  local size = 64
  for _, text in ipairs(fields) do size = size + #text end
  redis.call('XADD', key('events'), string.format('%d-0', sequence), 'type', event_type, 'time', us(at), unpack(fields))
  local kept = ledger()
  kept.sequence, kept.bytes = sequence, kept.bytes + size
  redis.call('HSET', key('clock'), 'stamp', us(kept.stamp), 'sequence', sequence, 'bytes', kept.bytes)
  if sequence % 100 == 0 then trim_history(sequence, at, kept.bytes) end
  wake()
end
