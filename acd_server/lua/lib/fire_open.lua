-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/stamp"
-- @include "lib/schedule"
-- @include "lib/load_agent"
-- @include "lib/set_presence"
-- @include "lib/commit_center"
-- The center opened and makes the agents who were NOT_READY then available: at most
-- `left` at once, by id. The job's record is the time of opening and the id it got to.
local function fire_open(_, left)
  local opened, cursor = string.match(redis.call('HGET', key('jobs'), 'open') or '', '^(%d+) (.*)$')
  if not opened then return 1 end
  local start = cursor == '' and '-' or '(' .. cursor
  local ids = redis.call('ZRANGEBYLEX', key('agents', 'NOT_READY'), start, '+', 'LIMIT', 0, left)
  for _, agent_id in ipairs(ids) do
    local agent = load_agent(agent_id)
    if tonumber(agent.since) <= tonumber(opened) then set_presence(agent, 'AVAILABLE', '') end
    cursor = agent_id
  end
  if #ids == left then
    redis.call('HSET', key('jobs'), 'open', opened .. ' ' .. cursor)
    schedule('job:open', now())
  else
    redis.call('HDEL', key('jobs'), 'open')
    commit_center('CENTER_SETTLED', stamp())
  end
  return #ids
end
