-- JSON text of a document. cjson writes an empty table as {}; the empty tables of
-- our documents are lists, all of them, and become []. A quote with a backslash before
-- it is inside a text of the user's, where nothing is touched.
local function encode(document)
  local text = cjson.encode(document)
  local at = string.find(text, '":{}', 1, true)
  while at do
    if string.sub(text, at - 1, at - 1) ~= '\\' then
      text = string.sub(text, 1, at + 1) .. '[]' .. string.sub(text, at + 4)
    end
    at = string.find(text, '":{}', at + 3, true)
  end
  return text
end
