-- @include "lib/encode"
-- Documents as JSON text in strings, for servers without the JSON type.
local function read_text(document_key)
  return redis.call('GET', document_key)
end

-- Writes the whole document and returns its text.
local function write_document(document_key, document)
  local text = encode(document)
  redis.call('SET', document_key, text)
  return text
end
