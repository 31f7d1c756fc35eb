-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/load_contact"
-- @include "lib/find_assignment"
-- The contact and the assignment that a verb quotes; or nil, nil and a refusal.
local function quoted(contact_id, number)
  local contact = load_contact(contact_id)
  if not contact then
    return nil, nil, refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id))
  end
  local assignment = find_assignment(contact, number)
  if assignment then return contact, assignment end
  local quoted_name = name('contacts', contact_id) .. '/assignments/' .. number
  if number > contact.offers then
    return nil, nil, refuse('RESOURCE_NOT_FOUND', 'name', quoted_name)
  end
  return nil, nil, refuse('STALE_ASSIGNMENT', 'name', quoted_name, 'state', '')
end
