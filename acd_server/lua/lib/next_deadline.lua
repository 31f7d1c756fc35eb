-- What happens next to a queued contact by itself: {kind, due}; empty when nothing does.
local function next_deadline(contact_id)
  local kinds, first = {'maxwait', 'overflow', 'bar', 'preferred', 'step'}, {}
  for _, kind in ipairs(kinds) do
    local due = redis.call('ZSCORE', key('deadlines'), kind .. ':' .. contact_id)
    if due and (not first.due or tonumber(due) < tonumber(first.due)) then first = {kind = kind, due = due} end
  end
  return first
end
