-- @include "lib/named_skills"
-- Keeps the indexes by state, and by owner and skill of waiting contacts, in step
-- with a contact that goes from the state `before` (nil: new) to `contact.state`.
local WAITING = {SCHEDULED = true, QUEUED = true, OFFERED = true}
local function index_contact(contact, before)
  local after = contact.state
  if before == after then return end
  if before then
    redis.call('ZREM', key('contacts', before), contact.id)
  else
    redis.call('ZADD', key('contacts'), contact.enqueue, contact.id)
  end
  redis.call('ZADD', key('contacts', after), contact.enqueue, contact.id)
  if (WAITING[before] or false) == (WAITING[after] or false) then return end
  local enters = WAITING[after]
  local function list(index)
    if enters then redis.call('ZADD', index, contact.enqueue, contact.id) else redis.call('ZREM', index, contact.id) end
  end
  if contact.owner ~= '' then list(key('owner', contact.owner)) end
  for _, skill_id in ipairs(named_skills(contact)) do list(key('skill_contacts', skill_id)) end
end
