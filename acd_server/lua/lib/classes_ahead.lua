-- @include "lib/parse_requirement"
-- The waiting classes, by their heads, that have contacts before a rank, each {class, contacts
-- before it}; the contacts before it in all; and whether these are all of them (at most 50).
local function classes_ahead(rank)
  local ids = redis.call('ZRANGEBYSCORE', key('heads'), '-inf', '(' .. rank, 'LIMIT', 0, 51)
  local found, counted = {}, 0
  for i = 1, math.min(#ids, 50) do
    local ahead = redis.call('ZCOUNT', key('class', ids[i]), '-inf', '(' .. rank)
    found[i] = {parse_requirement(redis.call('HGET', key('classes'), ids[i])), ahead}
    counted = counted + ahead
  end
  return found, counted, #ids <= 50
end
