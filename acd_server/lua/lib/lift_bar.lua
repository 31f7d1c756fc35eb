-- @include "lib/stamp"
-- @include "lib/leave_class"
-- @include "lib/join_class"
-- @include "lib/document"
-- A bar of a queued contact is over: it moves to its next class, with its rank.
local function lift_bar(contact)
  leave_class(contact)
  join_class(contact, stamp())
  write_document(key('contact', contact.id), contact)
end
