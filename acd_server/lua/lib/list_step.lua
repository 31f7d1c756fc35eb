-- @include "lib/schedule"
-- @include "lib/unschedule"
-- A queued contact that has another relaxation step is listed by its class, and has a deadline; it
-- loses both (`enters` is false) when it leaves the class.
local function list_step(contact, class_id, enters)
  if not contact.step_due then return end
  local member = class_id .. ':' .. contact.id
  if enters then
    redis.call('ZADD', key('stepped'), 0, member)
    schedule('step:' .. contact.id, tonumber(contact.step_due))
  else
    redis.call('ZREM', key('stepped'), member)
    unschedule('step:' .. contact.id)
  end
end
