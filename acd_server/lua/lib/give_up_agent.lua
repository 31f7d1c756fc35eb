-- @include "lib/give_up_preferred"
-- A contact does not hold out any more for an agent who declined or missed it.
local function give_up_agent(contact, agent_id)
  if not contact.named then return end
  local left = {}
  for _, named in ipairs(contact.named) do
    if named ~= agent_id then left[#left + 1] = named end
  end
  contact.named = left
  if #left == 0 then give_up_preferred(contact, 'DECLINED') end
end
