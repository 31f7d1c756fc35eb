-- @include "lib/policy"
-- How long an agent is not offered a contact again whose offer ended in this state.
local function retry_delay(state)
  if state == 'REVOKED' then return 0 end
  return state == 'MISSED' and policy('missed_retry_delay') or policy('retry_delay')
end
