-- @include "lib/now"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/load_contact"
-- @include "lib/leave"
-- @include "lib/after_work"
-- The lease of an owner ran out: contacts of his that wait end ABANDONED, at most
-- `left` at once. When the router is late the lease is extended by the delay.
local function fire_owner(_, owner, late, left)
  if late then
    schedule('owner:' .. owner, now() + late)
    return 1
  end
  local ids = redis.call('ZRANGE', key('owner', owner), 0, left - 1)
  for _, contact_id in ipairs(ids) do
    after_work(leave(load_contact(contact_id), 'ABANDONED', 'OWNER_LOST', stamp()))
  end
  if redis.call('EXISTS', key('owner', owner)) == 1 then schedule('owner:' .. owner, now()) end
  return #ids
end
