-- @include "lib/channels"
-- Takes an agent out of every list of available ones. As a candidate he is only
-- passed over: the match asks whether he is still free.
local function make_unavailable(agent)
  for _, channel in ipairs(CHANNELS) do
    redis.call('ZREM', key('available', channel), agent.id)
    for _, held in ipairs(agent.skills) do
      redis.call('ZREM', key('available', channel, held.skill), agent.id)
    end
  end
end
