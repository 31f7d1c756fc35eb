-- Gives a contact what its text leaves out (lib/write_contact).
local function fill_contact(contact)
  contact.reason, contact.owner, contact.ended = contact.reason or '', contact.owner or '', contact.ended or ''
  contact.class, contact.expire = contact.class or '', contact.expire or ''
  contact.offers, contact.priority = contact.offers or 0, contact.priority or 0
  contact.skills, contact.assignments, contact.bars = contact.skills or {}, contact.assignments or {}, contact.bars or {}
  local enqueue = contact.enqueue
  contact.rank, contact.queued, contact.update = contact.rank or enqueue, contact.queued or enqueue, contact.update or enqueue
end
