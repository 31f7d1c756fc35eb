-- @include "lib/put_off"
-- @include "lib/aim"
-- What a new contact says of time: when it enters the queue, until when an agent must be found, how
-- often and how far apart the customer is tried, after what time less is required, how long it is one agent's. One for
-- a later time is SCHEDULED.
local function plan_contact(contact, plan, at)
  contact.window, contact.most, contact.pause = plan.window, plan.attempts, plan.delay
  if plan.steps then contact.steps, contact.step_left = plan.steps, plan.steps[1].after end
  if plan.time then
    contact.schedule = plan.time
    if tonumber(plan.time) > at then put_off(contact, tonumber(plan.time)) end
  end
  if plan.target then aim(contact, plan.target, tonumber(plan.wait), at) end
end
