-- The requirement of a class from its canonical text (kept as text): channel, skills (list of
-- {',skill=', level}, ready for satisfies), barred (set), anchor (its first
-- skill, or @agent), only (the named agent, if it is for one).
local function parse_requirement(text)
  local channel, skills, barred = string.match(text, '^([^|]*)|([^|]*)|([^|]*)')
  local only = string.match(text, '^[^|]*|[^|]*|[^|]*|(.+)$')
  local parsed = {text = text, only = only, anchor = only and '@' .. only, channel = channel, skills = {}, barred = {}}
  for skill, level in string.gmatch(skills, '([^,=]+)=(%d+)') do
    parsed.anchor = parsed.anchor or skill
    parsed.skills[#parsed.skills + 1] = {',' .. skill .. '=', tonumber(level), skill}
  end
  for agent_id in string.gmatch(barred, '[^,]+') do parsed.barred[agent_id] = true end
  return parsed
end
