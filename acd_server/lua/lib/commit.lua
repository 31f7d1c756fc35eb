-- @include "lib/ledger"
-- @include "lib/append_event"
-- @include "lib/keep_contact"
-- @include "lib/keep_agent"
-- One transition: writes the documents it changed with the number and the time
-- of its event, keeps their indexes in step, and adds the event. `about` holds
-- contact, agent, assignment (a number) and attributes (text), each optional.
local function commit(event_type, at, about)
  local sequence = ledger().sequence + 1
  local fields = about.contact and {'contact', keep_contact(about.contact, sequence, at)} or {}
  if about.agent then
    fields[#fields + 1], fields[#fields + 2] = 'agent', keep_agent(about.agent, sequence, at)
  end
  if about.assignment then
    fields[#fields + 1], fields[#fields + 2] = 'assignment', tostring(about.assignment)
  end
  if about.attributes then
    fields[#fields + 1], fields[#fields + 2] = 'attributes', about.attributes
  end
  append_event(sequence, at, event_type, fields)
end
