-- @include "lib/stamp"
-- @include "lib/load_contact"
-- @include "lib/load_agent"
-- @include "lib/find_assignment"
-- @include "lib/end_offer"
-- @include "lib/miss"
-- @include "lib/finish"
-- @include "lib/complete"
-- @include "lib/after_work"
-- The deadlines of an assignment: offer (no answer in time; when the router is late it is
-- nobody's miss), wrap (wrap-up is over) and maxactive (never completed).
local function fire_assignment(kind, ids, late)
  local contact_id, number = string.match(ids, '^(.*):(%d+)$')
  local contact = load_contact(contact_id)
  local assignment = contact and find_assignment(contact, tonumber(number))
  if not assignment then return 1 end
  local agent = load_agent(assignment.agent)
  if kind == 'offer' and assignment.state == 'OFFERED' then
    if late then
      end_offer(contact, assignment, agent, 'REVOKED', 'ROUTER_DELAY', stamp())
    else
      miss(contact, assignment, agent)
    end
  elseif kind == 'wrap' and assignment.state == 'WRAP_UP' then
    finish(contact, assignment, agent, stamp())
  elseif kind == 'maxactive' and assignment.state == 'ACTIVE' then
    complete(contact, assignment, agent, 'LOST', stamp())
  end
  after_work(agent)
  return 1
end
