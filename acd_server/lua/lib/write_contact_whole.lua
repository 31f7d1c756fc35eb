-- @include "lib/document"
-- @include "lib/written"
-- Writes a contact and returns its text, with every field: layout 1, which the release before reads.
local function write_contact(contact)
  local text = write_document(key('contact', contact.id), contact)
  written[contact.id] = text
  return text
end
