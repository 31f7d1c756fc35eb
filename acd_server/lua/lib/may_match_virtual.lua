-- @include "lib/due_in"
-- From the center's first AdvanceClock on dispatchers match in their turn only, and after
-- what is due has been fired: so what happens at one time has one order, always.
local function may_match()
  local turn = redis.call('GET', key('turn'))
  return not turn or (turn == 'dispatchers' and due_in() == nil)
end
