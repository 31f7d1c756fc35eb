-- Adds an assignment to a contact. The newest 16 are remembered, and every one
-- that has not ended.
local function add_assignment(contact, assignment)
  local list = contact.assignments
  list[#list + 1] = assignment
  if #list <= 16 then return end
  for i, old in ipairs(list) do
    if old.ended ~= '' then
      table.remove(list, i)
      return
    end
  end
end
