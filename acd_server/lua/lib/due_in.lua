-- @include "lib/now"
-- @include "lib/next_due"
-- Microseconds until dispatchers have a deadline to fire, 0 when one is due; nil when
-- there is none.
local function due_in()
  local due = next_due()
  return due and math.max(0, due - now())
end
