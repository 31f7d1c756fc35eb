-- @include "lib/set_room"
-- @include "lib/make_available"
-- @include "lib/make_unavailable"
-- @include "lib/reconsider_steps"
-- @include "lib/note_load"
-- What an agent can hold may have changed: at once on his availability. What he holds already
-- stays, at the cost that it was charged. Returns whether it changed.
local function resize(agent)
  if not set_room(agent) then return false end
  make_unavailable(agent)
  note_load(agent)
  make_available(agent)
  if agent.presence ~= 'OFFLINE' then reconsider_steps() end
  return true
end
