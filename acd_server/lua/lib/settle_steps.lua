-- @include "lib/us"
-- @include "lib/requirement"
-- @include "lib/parse_requirement"
-- @include "lib/stop_steps"
-- @include "lib/take_step"
-- @include "lib/anybody"
-- @include "lib/reconsider_steps"
-- Brings a contact that is about to join its class to the relaxation step that holds at the time `at`:
-- each one that is due, however late, begins when it was due; one that nobody signed in could satisfy is
-- skipped at once, but for the last. What is not known yet is found out by a job, and the step kept.
local function settle_steps(contact, at)
  if contact.target or contact.named then return stop_steps(contact, at) end
  if contact.step_left then contact.step_due, contact.step_left = us(at + contact.step_left), nil end
  while contact.step_due do
    local due = tonumber(contact.step_due)
    if due <= at then
      take_step(contact, due)
    else
      local found = anybody(parse_requirement(requirement(contact, at)))
      if found == nil then reconsider_steps(true) end
      if found ~= false then return end
      take_step(contact, at)
    end
  end
end
