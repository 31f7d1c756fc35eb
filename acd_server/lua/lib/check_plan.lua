-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/now"
-- @include "lib/check_skills"
-- @include "lib/check_target"
-- @include "lib/check_parent"
-- @include "lib/check_preferred"
-- @include "lib/check_overflow"
-- A refusal when a new contact's plan, or a skill that it requires, names what is not there, or a time too far away;
-- nil when not. Then the plan's overflow rules and preferred agents are lists.
local function check_plan(contact_id, plan, required)
  local unknown = plan.target and check_target(plan.target) or plan.parent and check_parent(plan.parent)
  if unknown then return unknown end
  local preferred, absent = check_preferred(plan.preferred)
  if absent then return absent end
  plan.preferred, plan.overflow = preferred, plan.overflow and cjson.decode(plan.overflow)
  local missing = check_skills(required) or plan.overflow and check_overflow(plan.overflow)
  if missing then return missing end
  if plan.time and tonumber(plan.time) > now() + 2592000000000 then
    return refuse('LIMIT_EXCEEDED', 'name', name('contacts', contact_id) .. '/schedule_time', 'limit', '30 days ahead')
  end
end
