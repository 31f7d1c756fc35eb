-- @include "lib/now"
-- @include "lib/schedule"
-- @include "lib/load_contact"
-- @include "lib/parse_requirement"
-- @include "lib/none_named"
-- @include "lib/stop_holding_out"
-- An agent whom contacts hold out for signed out or has other skills: those that have none left to wait
-- for go to their next class, at most `left` at once. The job's record is how far it got with the
-- classes that name him; whatever comes to them meanwhile has looked for itself. Returns how many
-- contacts were moved or classes looked at, whichever is more: both take time.
local function fire_preferred(agent_id, left)
  local record = 'preferred:' .. agent_id
  local cursor = redis.call('HGET', key('jobs'), record)
  if not cursor then return 1 end
  local page = redis.call('SSCAN', key('waiting_classes', '@' .. agent_id), cursor, 'COUNT', left)
  local moved, whole = 0, true
  for _, class_id in ipairs(page[2]) do
    if moved == left then
      whole = false
      break
    end
    local class = parse_requirement(redis.call('HGET', key('classes'), class_id))
    local over = class.preferred and none_named(class)
    local ids = over and redis.call('ZRANGE', key('class', class_id), 0, left - moved - 1) or {}
    for _, contact_id in ipairs(ids) do
      stop_holding_out(load_contact(contact_id), over)
      moved = moved + 1
    end
    whole = whole and not (over and redis.call('EXISTS', key('class', class_id)) == 1)
  end
  if whole and page[1] == '0' then
    redis.call('HDEL', key('jobs'), record)
  else
    if whole then redis.call('HSET', key('jobs'), record, page[1]) end
    schedule('job:' .. record, now())
  end
  return math.max(moved, #page[2])
end
