-- @include "lib/us"
-- @include "lib/schedule"
-- A contact enters the queue at a later time.
local function put_off(contact, due)
  contact.state, contact.schedule, contact.expire, contact.class = 'SCHEDULED', us(due), '', ''
  contact.named, contact.preferred_until = nil, nil
  schedule('begin:' .. contact.id, due)
end
