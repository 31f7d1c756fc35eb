-- @include "lib/us"
-- @include "lib/take_back"
-- @include "lib/enter_queue"
-- @include "lib/policy"
-- @include "lib/commit"
-- Ends an open offer and sends the contact back to its place. Who declined or
-- missed it is barred from it for the retry delay.
local EVENTS = {DECLINED = 'CONTACT_DECLINED', MISSED = 'CONTACT_MISSED', REVOKED = 'CONTACT_REVOKED'}
local function end_offer(contact, assignment, agent, state, reason, at)
  take_back(contact, assignment, agent, state, reason, at)
  local delay = policy('retry_delay')
  if state ~= 'REVOKED' and delay > 0 then
    contact.bars[#contact.bars + 1] = {agent = agent.id, over = us(at + delay)}
  end
  enter_queue(contact, at)
  commit(EVENTS[state], at, {contact = contact, agent = agent, assignment = assignment.n})
end
