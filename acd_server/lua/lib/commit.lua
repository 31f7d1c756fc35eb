-- @include "lib/append_event"
-- @include "lib/document"
-- @include "lib/write_contact"
-- @include "lib/index_contact"
-- @include "lib/index_agent"
-- @include "lib/load_contact"
-- @include "lib/load_agent"
-- One transition: writes the documents it changed with the number and the time
-- of its event, keeps their indexes in step, and adds the event. `about` holds
-- contact, agent, assignment (a number) and attributes (text), each optional.
-- An ended contact is forgotten by its deadline; this only stands behind it: longer
-- than the longest retention, in milliseconds.
local BACKSTOP = 31 * 86400000
local function commit(event_type, at, about)
  local sequence = redis.call('HINCRBY', key('clock'), 'sequence', 1)
  local fields = {}
  local contact, agent = about.contact, about.agent
  if contact then
    contact.sequence, contact.update = sequence, us(at)
    fields = {'contact', write_contact(contact)}
    index_contact(contact, contact_before[contact.id])
    contact_before[contact.id] = contact.state
    if contact.ended ~= '' then
      redis.call('PEXPIRE', key('contact', contact.id), BACKSTOP)
      redis.call('PEXPIRE', key('attributes', contact.id), BACKSTOP)
    end
  end
  if agent then
    agent.sequence, agent.update = sequence, us(at)
    fields[#fields + 1] = 'agent'
    fields[#fields + 1] = write_document(key('agent', agent.id), agent)
    index_agent(agent, agent_before[agent.id] or {})
    agent_before[agent.id] = {presence = agent.presence, activity = activity(agent)}
  end
  for _, extra in ipairs({'assignment', 'attributes'}) do
    if about[extra] then
      fields[#fields + 1] = extra
      fields[#fields + 1] = tostring(about[extra])
    end
  end
  append_event(sequence, at, event_type, fields)
end
