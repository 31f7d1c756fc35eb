-- @include "lib/refuse"
-- @include "lib/names"
-- OPEN or CLOSED; nil and a refusal when there is no such center.
local function center_state()
  local state = redis.call('HGET', key('center'), 'state')
  if state then return state end
  return nil, refuse('RESOURCE_NOT_FOUND', 'name', name())
end
