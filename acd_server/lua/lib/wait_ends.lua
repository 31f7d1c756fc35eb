-- @include "lib/policy"
-- When a wait that begins at `at` is over: after the contact's longest wait, else the policy's.
local function wait_ends(contact, at)
  return at + (tonumber(contact.max_wait) or policy('max_wait'))
end
