-- A contact's relaxation steps belonged to a requirement that another one has taken the place of.
local function end_steps(contact)
  contact.steps, contact.step, contact.step_due, contact.step_left = nil, nil, nil, nil
end
