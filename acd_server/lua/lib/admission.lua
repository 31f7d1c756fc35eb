-- @include "lib/refuse"
-- @include "lib/names"
-- What the center says of contacts that come in, read at once: state, max_wait, max_waiting and
-- max_class_waiting (0: none), overflow (JSON, nil for none); nil and a refusal when there is no such
-- center.
local function admission()
  local found = redis.call('HMGET', key('center'),
    'state', 'max_wait', 'max_waiting', 'max_class_waiting', 'overflow_rules')
  if not found[1] then return nil, refuse('RESOURCE_NOT_FOUND', 'name', name()) end
  return {
    state = found[1], max_wait = tonumber(found[2]),
    max_waiting = tonumber(found[3] or '0'), max_class_waiting = tonumber(found[4] or '0'),
    overflow = found[5] and found[5] ~= '[]' and found[5] or nil,
  }
end
