-- @include "lib/schedule"
-- Begins the job that gives agents what the center's new policy of capacity says, if it is
-- another one. Called before the change is written.
local CAPACITY = {agent_capacity = '100', channel_capacity = '{}'}
local function plan_resizing(change, at)
  for field, default in pairs(CAPACITY) do
    local before = redis.call('HGET', key('center'), field) or default
    if change[field] and tostring(change[field]) ~= before then
      redis.call('HSET', key('jobs'), 'capacity', '')
      schedule('job:capacity', at)
    end
  end
end
