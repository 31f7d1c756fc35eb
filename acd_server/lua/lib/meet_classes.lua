-- @include "lib/comparison"
-- @include "lib/mark_classes"
-- @include "lib/load_agent"
-- @include "lib/open_channels"
-- Goes on with making those agents candidates who became free where more classes waited than a call looks
-- at, who has been available longest first: some 500 classes a call. Classes that are opened meanwhile
-- find them by their own walk. Returns whether everybody was known to all classes before: if not, that was
-- enough for one call.
local function meet_classes()
  local left, known = 500, true
  while true do
    local agent_id, idle = unpack(redis.call('ZRANGE', key('unmet'), 0, 0, 'WITHSCORES'))
    if not agent_id then return known end
    if left <= 0 then return false end
    known = false
    local agent, cursor = load_agent(agent_id), '0'
    local channels = agent and agent.idle ~= '' and tonumber(agent.idle) == tonumber(idle) and open_channels(agent) or {}
    if #channels > 0 then
      local page
      cursor, page = unpack(redis.call('HSCAN', key('classes'), redis.call('HGET', key('meetings'), agent_id), 'COUNT', 200))
      local ids, texts = {}, {}
      for i = 1, #page, 2 do ids[#ids + 1], texts[#texts + 1] = page[i], page[i + 1] end
      left = left - #ids
      mark_classes(agent, ids, texts, comparison(agent, redis.call('HGET', key('agent_skills'), agent_id), channels))
    end
    if cursor == '0' then
      redis.call('ZREM', key('unmet'), agent_id)
      redis.call('HDEL', key('meetings'), agent_id)
    else
      redis.call('HSET', key('meetings'), agent_id, cursor)
    end
  end
end
