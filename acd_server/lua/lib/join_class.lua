-- @include "lib/schedule"
-- @include "lib/requirement"
-- @include "lib/looks"
-- @seldom "lib/open_class"
-- @include "lib/set_head"
-- @seldom "lib/settle_steps"
-- @include "lib/list_step"
-- Puts a queued contact in the class of what it requires now, by the relaxation step that holds. A class that has
-- contacts already needs no walk: whoever could serve it is its candidate.
local function join_class(contact, at)
  if contact.steps then settle_steps(contact, at) end
  if #contact.bars > 0 then
    local bars, ends = {}, nil
    for _, bar in ipairs(contact.bars) do
      if tonumber(bar.over) > at then
        bars[#bars + 1] = bar
        ends = math.min(ends or tonumber(bar.over), tonumber(bar.over))
      end
    end
    contact.bars = bars
    if ends then schedule('bar:' .. contact.id, ends) end
  end
  local text = requirement(contact, at)
  local class_id = redis.sha1hex(text)
  local members = key('class', class_id)
  contact.class = class_id
  if contact.steps then list_step(contact, class_id, true) end
  redis.call('ZADD', members, contact.rank, contact.id)
  if redis.call('ZRANK', members, contact.id) > 0 then return end
  if redis.call('ZCARD', members) == 1 then
    open_class(class_id, text, contact.rank)
  else
    set_head(class_id, contact.rank)
  end
end
