-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/stamp"
-- @include "lib/load_contact"
-- @include "lib/leave"
-- @include "lib/after_work"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"
-- AbandonContact and CancelContact: end a contact that is not served yet.
local function leave_by_verb(contact_id, state, reason, request_id, fingerprint)
  local seen = recall(request_id, fingerprint)
  if seen then return contact_reply(seen, contact_id) end
  local contact = load_contact(contact_id)
  if not contact then return refuse('RESOURCE_NOT_FOUND', 'name', name('contacts', contact_id)) end
  if contact.state == 'QUEUED' or contact.state == 'OFFERED' or contact.state == 'SCHEDULED' then
    after_work(leave(contact, state, reason, stamp()))
  elseif contact.state == state then
    touch()
  else
    return refuse('WRONG_STATE', 'name', name('contacts', contact_id), 'state', contact.state)
  end
  local reply = remember(request_id, fingerprint, ok(contact_text(contact_id)))
  return contact_reply(reply, contact_id)
end
