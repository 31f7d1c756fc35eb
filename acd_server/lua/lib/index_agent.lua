-- @include "lib/activity"
-- @include "lib/list_signed_in"
-- Keeps the indexes by presence and the counts by activity in step. `before` is
-- {presence, activity}; an agent that is offline and idle counts nowhere.
local function index_agent(agent, before)
  local presence, doing = agent.presence, activity(agent)
  if before.presence ~= presence then
    if before.presence then redis.call('ZREM', key('agents', before.presence), agent.id) end
    redis.call('ZADD', key('agents', presence), 0, agent.id)
    if (before.presence or 'OFFLINE') == 'OFFLINE' or presence == 'OFFLINE' then list_signed_in(agent) end
  end
  local counted = before.presence and not (before.presence == 'OFFLINE' and before.activity == 'IDLE')
  local counts = not (presence == 'OFFLINE' and doing == 'IDLE')
  if counted == counts and before.activity == doing then return end
  if counted then redis.call('HINCRBY', key('counts'), before.activity, -1) end
  if counts then redis.call('HINCRBY', key('counts'), doing, 1) end
end
