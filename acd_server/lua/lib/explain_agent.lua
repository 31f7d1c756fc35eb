-- @include "lib/parse_requirement"
-- @include "lib/satisfies"
-- @include "lib/activity"
-- @include "lib/open_channels"
-- Why an agent is not offered anything, and which of the first 1 000 waiting classes he has the
-- skills for, and do not hold out for others; at most 100 of those. Of whatever channel: he idles
-- as to one that he has no room for, or from which he is barred, and not as to another.
local function explain_agent(agent, center)
  local text = redis.call('HGET', key('agent_skills'), agent.id)
  local ids = redis.call('ZRANGE', key('heads'), 0, 1000)
  local classes, able, full, held, complete = {}, 0, 0, false, #ids <= 1000
  local channels, open = open_channels(agent), {}
  for _, channel in ipairs(channels) do open[channel] = true end
  local texts = #ids > 0 and redis.call('HMGET', key('classes'), unpack(ids)) or {}
  for i, class_text in ipairs(texts) do
    local class = parse_requirement(class_text)
    local is_barred = class.barred[agent.id] or false
    local skilled = satisfies(agent.id, text, {skills = class.skills, only = class.only, barred = {}})
    if skilled and class.preferred and not class.preferred[agent.id] then
      held = true
    elseif skilled then
      if #classes == 100 then
        complete = false
        break
      end
      classes[#classes + 1] =
        {requirement = class_text, waiting = redis.call('ZCARD', key('class', ids[i])), barred = is_barred}
      if not open[class.channel] then full = full + 1 elseif not is_barred then able = able + 1 end
    end
  end
  local reason = 'MATCHING'
  if agent.presence ~= 'AVAILABLE' then reason = 'NOT_AVAILABLE'
  elseif agent.next then reason = 'DRAINING'
  elseif #channels == 0 then reason = 'FULL'
  elseif center == 'CLOSED' then reason = 'CENTER_CLOSED'
  elseif #ids == 0 then reason = 'NOTHING_WAITS'
  elseif #classes == 0 then reason = held and 'HELD_FOR_OTHERS' or 'NOT_SKILLED'
  elseif full == #classes then reason = 'FULL'
  elseif able == 0 then reason = 'BARRED' end
  return {
    reason = reason, presence = agent.presence, activity = activity(agent), classes = classes, complete = complete,
  }
end
