-- The newest assignment of a contact.
local function newest_assignment(contact)
  return contact.assignments[#contact.assignments]
end
