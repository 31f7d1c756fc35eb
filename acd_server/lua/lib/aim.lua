-- @include "lib/us"
-- @include "lib/schedule"
-- Sends a contact, which then enters the queue, to a named agent for so long (us).
local function aim(contact, agent_id, wait, at)
  contact.target, contact.target_until = agent_id, us(at + wait)
  schedule('target:' .. contact.id, at + wait)
end
