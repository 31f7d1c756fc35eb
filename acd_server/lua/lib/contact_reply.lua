-- @include "lib/document"
-- Adds the attributes, which are a document of their own, to an OK reply whose
-- second part is a contact.
local function contact_reply(reply, contact_id)
  if reply[1] == 'ok' then reply[#reply + 1] = read_text(key('attributes', contact_id)) or '' end
  return reply
end
