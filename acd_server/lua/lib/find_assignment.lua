-- The n-th assignment of a contact, if it is still remembered.
local function find_assignment(contact, number)
  for _, assignment in ipairs(contact.assignments) do
    if assignment.n == number then return assignment end
  end
end
