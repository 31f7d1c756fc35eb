-- @include "lib/document"
-- The document as a table; nil when there is none.
local function read_document(document_key)
  local text = read_text(document_key)
  return text and cjson.decode(text)
end
