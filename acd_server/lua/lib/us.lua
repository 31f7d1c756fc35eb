-- Microseconds and ranks as text, whole numbers all of them: tostring and cjson keep 14 digits only. %d takes less
-- than half the time of %.0f, and most of what a script writes is of one moment.
local told, as_text = false, ''
local function us(number)
  if number ~= told then told, as_text = number, string.format('%d', number) end
  return as_text
end
