-- JSON text of a document. cjson writes an empty table as {}; the empty tables of
-- our documents are lists, all of them.
local function encode(document)
  return (string.gsub(cjson.encode(document), '("[a-z_]+":){}', '%1[]'))
end
