-- @include "lib/now"
-- @include "lib/hold_out"
-- @include "lib/requirement"
-- @include "lib/parse_requirement"
-- @include "lib/none_named"
-- For whom of those that it prefers a new contact would hold out now: that tells its class before it is in the queue.
local function expect_preferred(contact)
  hold_out(contact, now())
  if none_named(parse_requirement(requirement(contact, 0))) then contact.named = nil end
end
