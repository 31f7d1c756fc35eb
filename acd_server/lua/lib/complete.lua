-- @include "lib/end_service"
-- @include "lib/end_contact"
-- @include "lib/commit"
-- Ends the service of a contact with outcome SERVED or LOST.
local function complete(contact, assignment, agent, outcome, at)
  local about = {contact = contact, agent = agent, assignment = assignment.n}
  if end_service(contact, assignment, agent, outcome, at) then
    contact.state = 'WRAP_UP'
    commit('CONTACT_WRAP_UP', at, about)
  else
    end_contact(contact, 'COMPLETED', '', at)
    commit('CONTACT_COMPLETED', at, about)
  end
end
