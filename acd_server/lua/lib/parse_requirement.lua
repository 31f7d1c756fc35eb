-- The requirement of a class from its canonical text (kept as text): channel, skills (list of
-- {',skill=', level, skill}, ready for satisfies), barred (set), anchor (its first skill, if any);
-- for a named agent only, with the anchor @agent; for preferred agents preferred, a set. Both have
-- the list named.
local function parse_requirement(text)
  local channel, skills, barred, only, preferred = string.match(text, '^([^|]*)|([^|]*)|([^|]*)|?([^|]*)|?(.*)$')
  if only == '' then only = nil end
  local parsed = {text = text, only = only, anchor = only and '@' .. only, channel = channel, skills = {}, barred = {}}
  for skill, level in string.gmatch(skills, '([^,=]+)=(%d+)') do
    parsed.anchor = parsed.anchor or skill
    parsed.skills[#parsed.skills + 1] = {',' .. skill .. '=', tonumber(level), skill}
  end
  for agent_id in string.gmatch(barred, '[^,]+') do parsed.barred[agent_id] = true end
  if only then parsed.named = {only} end
  if preferred ~= '' then
    parsed.preferred, parsed.named = {}, {}
    for agent_id in string.gmatch(preferred, '[^,]+') do
      parsed.preferred[agent_id], parsed.named[#parsed.named + 1] = true, agent_id
    end
  end
  return parsed
end
