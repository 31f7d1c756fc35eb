-- @include "lib/document"
-- @include "lib/written"
-- @include "lib/fill_contact"
-- Writes a contact and returns its text. What says nothing is left out, and so are times that are the enqueue
-- time; lib/fill_contact and store/records.py fill them in.
local NOTHING = {reason = '', owner = '', ended = '', class = '', expire = '', offers = 0, priority = 0}
local function write_contact(contact)
  local enqueue, skills, assignments, bars = contact.enqueue, contact.skills, contact.assignments, contact.bars
  for field, nothing in pairs(NOTHING) do
    if contact[field] == nothing then contact[field] = nil end
  end
  if #skills == 0 then contact.skills = nil end
  if #assignments == 0 then contact.assignments = nil end
  if #bars == 0 then contact.bars = nil end
  if contact.rank == enqueue then contact.rank = nil end
  if contact.queued == enqueue then contact.queued = nil end
  if contact.update == enqueue then contact.update = nil end
  local text = write_document(key('contact', contact.id), contact)
  contact.skills, contact.assignments, contact.bars = skills, assignments, bars
  fill_contact(contact)
  written[contact.id] = text
  return text
end
