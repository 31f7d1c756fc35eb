-- @include "lib/encode"
-- Documents of the server's JSON type. Whole documents only: that is what the
-- implementations of the type have in common.
local function read_text(document_key)
  return redis.call('JSON.GET', document_key)
end

-- Writes the whole document and returns its text.
local function write_document(document_key, document)
  local text = encode(document)
  redis.call('JSON.SET', document_key, '.', text)
  return text
end
