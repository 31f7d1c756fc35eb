-- @include "lib/refuse"
-- @include "lib/names"
-- The agents that a contact prefers, from their ids divided by commas; nil without any. The second
-- value is a refusal when one of them does not exist.
local function check_preferred(text)
  if not text then return nil end
  local found = {}
  for agent_id in string.gmatch(text, '[^,]+') do
    if not redis.call('ZSCORE', key('agents'), agent_id) then
      return nil, refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id))
    end
    found[#found + 1] = agent_id
  end
  return found
end
