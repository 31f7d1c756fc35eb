-- @include "lib/now"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/load_agent"
-- @include "lib/resize"
-- @include "lib/commit"
-- @include "lib/commit_center"
-- The center's policy of capacity changed: applies it to agents, at most `left` at once, by id.
-- The job's record is the id it got to.
local function fire_capacity(_, left)
  local cursor = redis.call('HGET', key('jobs'), 'capacity')
  if not cursor then return 1 end
  local ids = redis.call('ZRANGEBYLEX', key('agents'), cursor == '' and '-' or '(' .. cursor, '+', 'LIMIT', 0, left)
  for _, agent_id in ipairs(ids) do
    local agent = load_agent(agent_id)
    if resize(agent) then commit('AGENT_UPDATED', stamp(), {agent = agent}) end
  end
  if #ids == left then
    redis.call('HSET', key('jobs'), 'capacity', ids[#ids])
    schedule('job:capacity', now())
  else
    redis.call('HDEL', key('jobs'), 'capacity')
    commit_center('CENTER_SETTLED', stamp())
  end
  return #ids
end
