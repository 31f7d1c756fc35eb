-- @include "lib/schedule"
-- An agent signed out, or has other skills: begins the job that releases the contacts which hold out
-- for agents of whom none is left now. Called when the change is written.
local function plan_releases(agent_id, at)
  if redis.call('EXISTS', key('waiting_classes', '@' .. agent_id)) == 0 then return end
  redis.call('HSET', key('jobs'), 'preferred:' .. agent_id, '0')
  schedule('job:preferred:' .. agent_id, at)
end
