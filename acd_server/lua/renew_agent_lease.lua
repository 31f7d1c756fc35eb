#!lua
--[[
Renews the lease of an agent's presence; the first time it begins.

ARGV  agent_id
ok    expire time, length of the lease in us
err   RESOURCE_NOT_FOUND, WRONG_STATE
]]
local prefix = unpack(KEYS)
local agent_id = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/us"
-- @include "lib/now"
-- @include "lib/policy"
-- @include "lib/touch"
-- @include "lib/wake"

if not redis.call('ZSCORE', key('agents'), agent_id) then
  return refuse('RESOURCE_NOT_FOUND', 'name', name('agents', agent_id))
end
if redis.call('ZSCORE', key('agents', 'OFFLINE'), agent_id) then
  return refuse('WRONG_STATE', 'name', name('agents', agent_id), 'state', 'OFFLINE')
end
local lease = policy('agent_lease')
local due = us(now() + lease)
-- A lease that is renewed ends later than before: nobody need be told.
if redis.call('ZADD', key('deadlines'), due, 'lease:' .. agent_id) == 1 then wake() end
touch()
return ok(due, us(lease))
