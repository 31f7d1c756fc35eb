-- @include "lib/document"
-- Writes a contact and returns its text. What says nothing is left out, and so are times that are the enqueue
-- time; lib/read_contact and store/records.py fill them in.
local NOTHING = {reason = '', owner = '', ended = '', class = '', expire = '', offers = 0, priority = 0}
local function write_contact(contact)
  local brief = {}
  for field, value in pairs(contact) do
    if value ~= NOTHING[field] then brief[field] = value end
  end
  for _, list in ipairs({'skills', 'assignments', 'bars'}) do
    if #brief[list] == 0 then brief[list] = nil end
  end
  for _, time in ipairs({'rank', 'queued', 'update'}) do
    if brief[time] == brief.enqueue then brief[time] = nil end
  end
  return write_document(key('contact', contact.id), brief)
end
