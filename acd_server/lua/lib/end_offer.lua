-- @include "lib/us"
-- @include "lib/take_back"
-- @include "lib/enter_queue"
-- @include "lib/retry_delay"
-- @include "lib/give_up_target"
-- @include "lib/give_up_agent"
-- @include "lib/schedule"
-- @include "lib/cap_offers"
-- @include "lib/commit"
-- Ends an open offer and sends the contact back to its place. Who declined or
-- missed it is barred from it for a delay; `retry_after` (us) overrides the policy's. A
-- contact that was declined and missed as often as it may ends.
local EVENTS = {DECLINED = 'CONTACT_DECLINED', MISSED = 'CONTACT_MISSED', REVOKED = 'CONTACT_REVOKED'}
local function end_offer(contact, assignment, agent, state, reason, at, retry_after)
  take_back(contact, assignment, agent, state, reason, at)
  local delay = retry_after or retry_delay(state)
  if delay > 0 then
    assignment.retry = us(at + delay)
    contact.bars[#contact.bars + 1] = {agent = agent.id, over = assignment.retry}
  end
  if state ~= 'REVOKED' then contact.attempts = (contact.attempts or 0) + 1 end
  if state ~= 'REVOKED' then
    give_up_target(contact)
    give_up_agent(contact, agent.id)
  elseif contact.target then
    schedule('target:' .. contact.id, math.max(at, tonumber(contact.target_until)))
  end
  enter_queue(contact, at)
  commit(EVENTS[state], at, {contact = contact, agent = agent, assignment = assignment.n})
  if state ~= 'REVOKED' then cap_offers(contact) end
end
