-- @include "lib/channels"
-- @include "lib/add_candidate"
-- Lists an agent that can take a contact as available since `agent.idle`, in every
-- channel and skill, and makes him a candidate. Does nothing for one that
-- cannot (not AVAILABLE, draining, or holding work).
local function make_available(agent)
  if agent.presence ~= 'AVAILABLE' or agent.next or #agent.held > 0 then return end
  for _, channel in ipairs(CHANNELS) do
    redis.call('ZADD', key('available', channel), agent.idle, agent.id)
    for _, held in ipairs(agent.skills) do
      redis.call('ZADD', key('available', channel, held.skill), agent.idle, agent.id)
    end
  end
  add_candidate(agent, redis.call('HGET', key('agent_skills'), agent.id))
end
