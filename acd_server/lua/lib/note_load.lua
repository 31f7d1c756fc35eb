-- Notes which share of what he can hold an agent has in use, where strategies look for it. Who is
-- not listed has none in use: who has no `room` of his own can take more only when he holds nothing.
local function note_load(agent)
  if not agent.room then
    redis.call('ZREM', key('loads'), agent.id)
    return
  end
  local used = 0
  for _, held in ipairs(agent.held) do used = used + (held.cost or 100) end
  redis.call('ZADD', key('loads'), string.format('%.17g', used / agent.room.total), agent.id)
end
