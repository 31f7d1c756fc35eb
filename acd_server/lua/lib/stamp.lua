-- @include "lib/clock"
-- @include "lib/ledger"
-- The time of a transition: unique in its center, always rising. It is written with the transition's event; a
-- transition that has none writes it itself.
local function stamp()
  local kept = ledger()
  kept.stamp = math.max(clock(), kept.stamp + 1)
  return kept.stamp
end
