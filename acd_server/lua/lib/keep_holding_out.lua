-- @include "lib/requirement"
-- @include "lib/parse_requirement"
-- @include "lib/none_named"
-- @include "lib/give_up_preferred"
-- @include "lib/schedule"
-- A contact that holds out for preferred agents enters the queue: it goes on as long as was said, or
-- gives them up at once when the time is over or there is none to wait for.
local function keep_holding_out(contact, at)
  local ends = tonumber(contact.preferred_until)
  local over = ends <= at and 'TIME_OVER' or none_named(parse_requirement(requirement(contact, at)))
  if over then give_up_preferred(contact, over) else schedule('preferred:' .. contact.id, ends) end
end
