-- The clock of a contact's relaxation steps stands still while it is served, put off or held for
-- named agents.
local function stop_steps(contact, at)
  if not contact.step_due then return end
  contact.step_left, contact.step_due = math.max(0, contact.step_due - at), nil
end
