-- @include "lib/stamp"
-- @include "lib/load_contact"
-- @include "lib/find_assignment"
-- @include "lib/commit"
-- Marks the contacts that an agent serves as without their agent (lost = true), or no longer
-- (nil); an event of this type for each that changes.
local function mark_lost(agent, lost, event_type)
  for _, held in ipairs(agent.held) do
    if held.state == 'ACTIVE' then
      local contact = load_contact(held.contact)
      local assignment = find_assignment(contact, held.n)
      if assignment.lost ~= lost then
        assignment.lost = lost
        commit(event_type, stamp(), {contact = contact, assignment = held.n})
      end
    end
  end
end
