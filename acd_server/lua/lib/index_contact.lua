-- @include "lib/named_skills"
-- Keeps the indexes by state, and by owner and skill of waiting contacts, in step
-- with a contact that goes from the state `before` (nil: new) to `contact.state`.
local function index_contact(contact, before)
  local after = contact.state
  if before == after then return end
  if before then
    redis.call('ZREM', key('contacts', before), contact.id)
  else
    redis.call('ZADD', key('contacts'), contact.enqueue, contact.id)
  end
  redis.call('ZADD', key('contacts', after), contact.enqueue, contact.id)
  local waited = before == 'SCHEDULED' or before == 'QUEUED' or before == 'OFFERED'
  local waits = after == 'SCHEDULED' or after == 'QUEUED' or after == 'OFFERED'
  if waited == waits then return end
  local indexes = {contact.owner ~= '' and key('owner', contact.owner) or nil}
  for _, skill_id in ipairs(named_skills(contact)) do indexes[#indexes + 1] = key('skill_contacts', skill_id) end
  for _, index in ipairs(indexes) do
    if waits then redis.call('ZADD', index, contact.enqueue, contact.id) else redis.call('ZREM', index, contact.id) end
  end
end
