-- @include "lib/parse_requirement"
-- @include "lib/satisfies"
-- Why an agent may not take a queued contact: NOT_AVAILABLE, FULL, SKILLS; nil when he may. A bar
-- does not count, nor that the contact holds out for others: he asks for it himself.
local function not_eligible(agent, contact)
  if agent.presence ~= 'AVAILABLE' or agent.next then return 'NOT_AVAILABLE' end
  if not redis.call('ZSCORE', key('available', contact.channel), agent.id) then return 'FULL' end
  local class = parse_requirement(redis.call('HGET', key('classes'), contact.class))
  class.barred, class.preferred = {}, nil
  if not satisfies(agent.id, redis.call('HGET', key('agent_skills'), agent.id), class) then return 'SKILLS' end
end
