-- @include "lib/parse_requirement"
-- @include "lib/satisfies"
-- An agent that becomes available, or gains a skill, is the candidate of every
-- waiting class of these channels that he satisfies; those classes are marked.
local function add_candidate(agent, skills_text, channels)
  if redis.call('HLEN', key('classes')) == 0 then return end
  local open = {}
  for _, channel in ipairs(channels) do open[channel] = true end
  local levels = {}
  for _, held in ipairs(agent.skills) do levels[held.skill] = held.level end
  -- Nearly all classes are told by channel and skills alone, and there may be thousands.
  local function might_take(text)
    local channel, skills, rest = string.match(text, '^([^|]*)|([^|]*)|(.*)$')
    if not open[channel] then return false end
    if rest ~= '' then return satisfies(agent.id, skills_text, parse_requirement(text)) end
    for skill, level in string.gmatch(skills, '([^,=]+)=(%d+)') do
      if (levels[skill] or 0) < tonumber(level) then return false end
    end
    return true
  end

  local anchored = redis.call('SUNION', key('waiting_classes'), key('waiting_classes', '@' .. agent.id))
  for _, held in ipairs(agent.skills) do
    for _, class_id in ipairs(redis.call('SMEMBERS', key('waiting_classes', held.skill))) do
      anchored[#anchored + 1] = class_id
    end
  end
  for first = 1, #anchored, 500 do
    local slice = {unpack(anchored, first, math.min(first + 499, #anchored))}
    local texts = redis.call('HMGET', key('classes'), unpack(slice))
    local heads = redis.call('ZMSCORE', key('heads'), unpack(slice))
    local marks = {}
    for i, class_id in ipairs(slice) do
      if might_take(texts[i]) then
        redis.call('ZADD', key('candidates', class_id), agent.idle, agent.id)
        marks[#marks + 1], marks[#marks + 2] = heads[i], class_id
      end
    end
    if #marks > 0 then redis.call('ZADD', key('marked'), unpack(marks)) end
  end
end
