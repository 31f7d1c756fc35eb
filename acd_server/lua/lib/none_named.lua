-- @include "lib/satisfies"
-- Why a class that names agents could wait for none of them: NONE_SIGNED_IN or NOT_SKILLED; nil
-- when it can. Skills that are being deleted do not count: contacts will lose them, too.
local function none_named(class)
  local texts = redis.call('HMGET', key('agent_skills'), unpack(class.named))
  local away = redis.call('ZMSCORE', key('agents', 'OFFLINE'), unpack(class.named))
  local wanted, there = {skills = class.skills, barred = {}}, {}
  for i, agent_id in ipairs(class.named) do
    if texts[i] and not away[i] then
      if satisfies(agent_id, texts[i], wanted) then return nil end
      there[#there + 1] = texts[i]
    end
  end
  if #there == 0 then return 'NONE_SIGNED_IN' end
  local names = {}
  for i, required in ipairs(class.skills) do names[i] = required[3] end
  local live = redis.call('SMISMEMBER', key('live_skills'), unpack(names))
  wanted.skills = {}
  for i, required in ipairs(class.skills) do
    if live[i] == 1 then wanted.skills[#wanted.skills + 1] = required end
  end
  for _, text in ipairs(there) do
    if satisfies('', text, wanted) then return nil end
  end
  return 'NOT_SKILLED'
end
