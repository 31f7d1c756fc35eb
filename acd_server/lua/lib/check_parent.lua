-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/read_contact"
-- A refusal when a contact cannot be consulted about, not being there or having ended; else nil.
local function check_parent(contact_id)
  local parent = read_contact(contact_id)
  if not parent then return refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id)) end
  if parent.ended ~= '' then return refuse('WRONG_STATE', 'name', name('contacts', contact_id), 'state', parent.state) end
end
