-- @include "lib/parse_requirement"
-- @include "lib/satisfies"
-- A function that says whether an agent could take contacts of a class, by its text, in these channels.
-- Nearly all classes are told by channel and skills alone, and there may be thousands.
local function comparison(agent, skills_text, channels)
  local open, levels = {}, {}
  for _, channel in ipairs(channels) do open[channel] = true end
  for _, held in ipairs(agent.skills) do levels[held.skill] = held.level end
  return function(text)
    local channel, skills, rest = string.match(text, '^([^|]*)|([^|]*)|(.*)$')
    if not open[channel] then return false end
    if rest ~= '' then return satisfies(agent.id, skills_text, parse_requirement(text)) end
    for skill, level in string.gmatch(skills, '([^,=]+)=(%d+)') do
      if (levels[skill] or 0) < tonumber(level) then return false end
    end
    return true
  end
end
