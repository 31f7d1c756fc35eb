-- @include "lib/document"
-- @include "lib/written"
-- A contact's text for a reply: as this script wrote it last, or else as it is stored.
local function contact_text(contact_id) return written[contact_id] or read_text(key('contact', contact_id)) end
