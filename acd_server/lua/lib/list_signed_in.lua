-- Lists an agent by skill, the level its score, as long as he is signed in.
local function list_signed_in(agent)
  for _, held in ipairs(agent.skills) do
    local index = key('signed_in', held.skill)
    if agent.presence == 'OFFLINE' then
      redis.call('ZREM', index, agent.id)
    else
      redis.call('ZADD', index, held.level, agent.id)
    end
  end
end
