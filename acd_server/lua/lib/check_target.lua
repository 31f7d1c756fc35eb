-- @include "lib/refuse"
-- @include "lib/names"
-- A refusal when an agent cannot be waited for, not being there or signed out; else nil.
local function check_target(agent_id)
  if not redis.call('ZSCORE', key('agents'), agent_id) then
    return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id))
  end
  if redis.call('ZSCORE', key('agents', 'OFFLINE'), agent_id) then
    return refuse('WRONG_STATE', 'name', name('agents', agent_id), 'state', 'OFFLINE')
  end
end
