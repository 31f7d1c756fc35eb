-- @include "lib/satisfies"
-- Counts the agents as a class sees them: those it names, else the first 2 000 who hold the rarest of
-- its skills.
-- `active` lists those signed in who hold all of them, as {id, skills text}; `blocked` the ids of
-- those of them who are AVAILABLE and yet not free.
local function census(class)
  local source = key('agents')
  for _, required in ipairs(class.skills) do
    local holders = key('skill_agents', required[3])
    if source == key('agents') or redis.call('ZCARD', holders) < redis.call('ZCARD', source) then source = holders end
  end
  local found = {
    total = class.named and #class.named or redis.call('ZCARD', source), examined = 0, skilled = 0, available = 0, barred = 0, not_ready = 0,
    active = {}, free = {}, blocked = {},
  }
  local skills_only = {skills = class.skills, only = class.only, preferred = class.preferred, barred = {}}
  for first = 0, math.min(found.total, 2000) - 1, 500 do
    local ids = class.named or redis.call('ZRANGE', source, first, first + 499)
    local texts = redis.call('HMGET', key('agent_skills'), unpack(ids))
    local signed_out = redis.call('ZMSCORE', key('agents', 'OFFLINE'), unpack(ids))
    local away = redis.call('ZMSCORE', key('agents', 'NOT_READY'), unpack(ids))
    local free = redis.call('ZMSCORE', key('available', class.channel), unpack(ids))
    for i, agent_id in ipairs(ids) do
      if satisfies(agent_id, texts[i], skills_only) then
        found.skilled = found.skilled + 1
        if not signed_out[i] then
          found.active[#found.active + 1] = {agent_id, texts[i]}
          if free[i] and class.barred[agent_id] then found.barred = found.barred + 1
          elseif free[i] then found.free[#found.free + 1] = {agent_id, texts[i]}
          elseif away[i] then found.not_ready = found.not_ready + 1
          else found.blocked[#found.blocked + 1] = agent_id end
        end
      end
    end
    found.examined = found.examined + #ids
  end
  found.available = #found.free
  return found
end
