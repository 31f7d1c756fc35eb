-- @include "lib/ledger"
-- @include "lib/us"
-- @include "lib/encode"
-- @include "lib/append_event"
-- @include "lib/center_text"
-- A transition of the center itself. Returns the center's text.
local function commit_center(event_type, at)
  local sequence = ledger().sequence + 1
  redis.call('HSET', key('center'), 'update', us(at), 'sequence', sequence)
  local text = center_text()
  append_event(sequence, at, event_type, {'center', text})
  return text
end
