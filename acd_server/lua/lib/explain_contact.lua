-- @include "lib/census"
-- @include "lib/parse_requirement"
-- @include "lib/read_document"
-- @include "lib/activity"
-- @include "lib/next_deadline"
-- Why a queued contact waits; what keeps agents from it is told of at most 200 of them.
local COUNTED = {RESERVED = 'reserved', BUSY = 'busy', WRAP_UP = 'wrap_up'}
local function explain_contact(contact, center)
  local text = redis.call('HGET', key('classes'), contact.class)
  local class = parse_requirement(text)
  local agents = census(class)
  local counts = {draining = 0, reserved = 0, busy = 0, wrap_up = 0}
  for i = 1, math.min(#agents.blocked, 200) do
    local agent = read_document(key('agent', agents.blocked[i]))
    local what = agent.next and 'draining' or COUNTED[activity(agent)] or 'busy'
    counts[what] = counts[what] + 1
  end
  local reason = 'MATCHING'
  if center == 'CLOSED' then reason = 'CENTER_CLOSED'
  elseif agents.skilled == 0 then reason = 'NOBODY_SKILLED'
  elseif #agents.active == 0 then reason = 'NOBODY_SIGNED_IN'
  elseif agents.available == 0 then reason = class.preferred and 'HOLDING_OUT' or 'ALL_BLOCKED' end
  for _, field in ipairs({'examined', 'skilled', 'available', 'barred', 'not_ready'}) do counts[field] = agents[field] end
  counts.signed_in, counts.complete = #agents.active, agents.total <= agents.examined
  return {
    reason = reason, requirement = text, preferred_until = contact.preferred_until, rank = contact.rank,
    agents = counts, deadline = next_deadline(contact.id),
    step = contact.step or 0, steps = contact.steps and #contact.steps or 0,
    position = redis.call('ZRANK', key('queue'), contact.id) + 1,
    class_position = redis.call('ZRANK', key('class', contact.class), contact.id) + 1,
  }
end
