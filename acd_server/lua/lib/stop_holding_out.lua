-- @include "lib/stamp"
-- @include "lib/leave_class"
-- @include "lib/join_class"
-- @include "lib/give_up_preferred"
-- @include "lib/commit"
-- A queued contact no longer holds out for preferred agents: it goes to its next class, with its rank.
local function stop_holding_out(contact, reason)
  local at = stamp()
  leave_class(contact)
  give_up_preferred(contact, reason)
  join_class(contact, at)
  commit('CONTACT_PREFERENCE_ENDED', at, {contact = contact})
end
