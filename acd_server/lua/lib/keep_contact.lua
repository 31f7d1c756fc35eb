-- @include "lib/us"
-- @include "lib/before"
-- @include "lib/write_contact"
-- @include "lib/index_contact"
-- Writes a contact with the number and the time of its event, keeps its indexes in step, and returns its text.
-- An ended contact is forgotten by its deadline; this only stands behind it: longer
-- than the longest retention, in milliseconds.
local BACKSTOP = 31 * 86400000
local function keep_contact(contact, sequence, at)
  contact.sequence, contact.update = sequence, us(at)
  local text = write_contact(contact)
  index_contact(contact, contact_before[contact.id])
  contact_before[contact.id] = contact.state
  if contact.ended ~= '' then
    redis.call('PEXPIRE', key('contact', contact.id), BACKSTOP)
    redis.call('PEXPIRE', key('attributes', contact.id), BACKSTOP)
  end
  return text
end
