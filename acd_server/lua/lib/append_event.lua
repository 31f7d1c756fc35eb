-- @include "lib/us"
-- @include "lib/wake"
-- @include "lib/trim_history"
-- Adds an event to the center's stream: number `sequence`, dense, with pairs of
-- field and text.
local function append_event(sequence, at, event_type, fields)
  local size = 64
  for _, text in ipairs(fields) do size = size + #text end
  redis.call('XADD', key('events'), sequence .. '-0', 'type', event_type, 'time', us(at), unpack(fields))
  local bytes = redis.call('HINCRBY', key('clock'), 'bytes', size)
  if sequence % 100 == 0 then trim_history(sequence, at, bytes) end
  wake()
end
