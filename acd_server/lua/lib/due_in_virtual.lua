-- @include "lib/now"
-- @include "lib/next_due"
-- As the other form until the center's first AdvanceClock. From then on a deadline is due
-- at once, in the dispatchers' turn, or not at all: no waiting moves the virtual clock.
local function due_in()
  local turn, due = redis.call('GET', key('turn')), next_due()
  local left = due and math.max(0, due - now())
  if turn and (turn == 'caller' or left ~= 0) then return nil end
  return left
end
