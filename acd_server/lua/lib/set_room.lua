-- @include "lib/channels"
-- Sets what an agent can hold at once: what he has of his own (`capacity`, and `costs` by channel),
-- else what the center's policy says. Defaults are left out. Who could never have
-- room for a channel is listed by it. Returns whether it changed.
local COST, MOST, TOTAL = 100, 50, 100
local function set_room(agent)
  local total, costs = unpack(redis.call('HMGET', key('center'), 'agent_capacity', 'channel_capacity'))
  costs = costs and costs ~= '{}' and cjson.decode(costs) or {}
  local room, plain = {total = agent.capacity or tonumber(total) or TOTAL, channels = {}}, true
  if room.total ~= TOTAL then plain = false end
  local before, same = agent.room, true
  for _, channel in ipairs(CHANNELS) do
    local own, common = agent.costs and agent.costs[channel] or {}, costs[channel] or {}
    local rule = {cost = own.cost or common.cost or COST, most = own.most or common.most or MOST}
    room.channels[channel] = rule
    if rule.cost ~= COST or rule.most ~= MOST then plain = false end
    local was = before and before.channels[channel]
    local out, was_out = rule.cost > room.total, was and was.cost > before.total or false
    if out ~= was_out then redis.call(out and 'SADD' or 'SREM', key('excluded', channel), agent.id) end
    if was and (was.cost ~= rule.cost or was.most ~= rule.most) then same = false end
  end
  same = same and (before and before.total == room.total or not before and plain) or false
  agent.room = not plain and room or nil
  return not same
end
