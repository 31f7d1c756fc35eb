-- @include "lib/document"
-- Reads a page of documents of the family `family` from an index ordered by id:
-- those after `after`, at most `limit` and about 1 MiB. Returns the reply's parts:
-- the id to go on after ('' at the end), then the texts.
local function page(index, family, after, limit)
  limit = tonumber(limit)
  local ids = redis.call('ZRANGEBYLEX', index, after == '' and '-' or '(' .. after, '+', 'LIMIT', 0, limit + 1)
  local parts, size = {''}, 0
  for i, id in ipairs(ids) do
    if i > limit or size > 1048576 then
      parts[1] = ids[i - 1]
      break
    end
    local text = read_text(key(family, id))
    if text then
      parts[#parts + 1] = text
      size = size + #text
    end
  end
  return parts
end
