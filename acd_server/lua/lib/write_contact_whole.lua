-- @include "lib/document"
-- Writes a contact and returns its text, with every field: layout 1, which the release before reads.
local function write_contact(contact) return write_document(key('contact', contact.id), contact) end
