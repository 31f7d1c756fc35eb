-- @include "lib/open_channels"
-- @include "lib/add_candidate"
-- @include "lib/note_load"
-- Lists an agent as available since `agent.idle` in every channel of which he could take one more
-- contact, by every skill, and makes him a candidate. Does nothing for one that can take none
-- (not AVAILABLE, draining, or full).
local function make_available(agent)
  local channels = open_channels(agent)
  if #channels == 0 then return end
  if agent.room then note_load(agent) end
  for _, channel in ipairs(channels) do
    redis.call('ZADD', key('available', channel), agent.idle, agent.id)
    for _, held in ipairs(agent.skills) do
      redis.call('ZADD', key('available', channel, held.skill), agent.idle, agent.id)
    end
  end
  add_candidate(agent, redis.call('HGET', key('agent_skills'), agent.id), channels)
end
