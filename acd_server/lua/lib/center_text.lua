-- @include "lib/encode"
-- The center's fields as JSON, every value a string; nil when there is none.
local function center_text()
  local flat = redis.call('HGETALL', key('center'))
  if #flat == 0 then return nil end
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return encode(fields)
end
