-- @include "lib/read_document"
-- @include "lib/fill_contact"
-- A contact as a table, with what lib/write_contact leaves out; nil when there is none.
local function read_contact(contact_id)
  local contact = read_document(key('contact', contact_id))
  if contact then fill_contact(contact) end
  return contact
end
