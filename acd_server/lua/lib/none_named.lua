-- @include "lib/satisfies"
-- Why a class that names agents could wait for none of them: NONE_SIGNED_IN or NOT_SKILLED; nil
-- when it can. Skills that are being deleted do not count: contacts will lose them, too.
local function none_named(class)
  local texts = redis.call('HMGET', key('agent_skills'), unpack(class.named))
  local away = redis.call('ZMSCORE', key('agents', 'OFFLINE'), unpack(class.named))
  local wanted, found = {skills = {}, barred = {}}, 'NONE_SIGNED_IN'
  for _, required in ipairs(class.skills) do
    local live = redis.call('SISMEMBER', key('live_skills'), required[3]) == 1
    if live then wanted.skills[#wanted.skills + 1] = required end
  end
  for i, agent_id in ipairs(class.named) do
    if texts[i] and not away[i] then
      if satisfies(agent_id, texts[i], wanted) then return nil end
      found = 'NOT_SKILLED'
    end
  end
  return found
end
