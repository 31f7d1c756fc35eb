-- @include "lib/us"
-- @include "lib/stamp"
-- @include "lib/leave"
-- @include "lib/reprioritize"
-- @include "lib/replace_skills"
-- @include "lib/commit"
-- An overflow rule of a queued contact is due, since `delay`. One that would end the wait is extended by
-- the delay when the router is late: that is not the customer's fault. The others help him, however late.
local LATE_OVERFLOW = 1000000
local function apply_overflow(contact, rule, delay)
  if rule.action == 'EXPIRE' and delay > LATE_OVERFLOW then
    local at = stamp()
    rule.due = us(at + delay)
    commit('CONTACT_EXTENDED', at, {contact = contact})
    return
  end
  contact.fired = contact.fired or {}
  contact.fired[#contact.fired + 1] = rule.id
  if rule.action == 'EXPIRE' then
    leave(contact, 'EXPIRED', 'OVERFLOW', stamp())
  elseif rule.action == 'RAISE_PRIORITY' and rule.priority > contact.priority then
    reprioritize(contact, rule.priority, contact.credit, 'CONTACT_OVERFLOWED')
  else
    local at = stamp()
    if rule.action == 'REPLACE_SKILLS' then replace_skills(contact, rule.skills, at) end
    commit('CONTACT_OVERFLOWED', at, {contact = contact})
  end
end
