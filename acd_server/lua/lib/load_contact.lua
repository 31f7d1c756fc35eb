-- @include "lib/before"
-- @include "lib/read_contact"
-- A contact, with the state it was loaded in kept aside for its indexes.
local function load_contact(contact_id)
  local contact = read_contact(contact_id)
  if contact then contact_before[contact_id] = contact.state end
  return contact
end
