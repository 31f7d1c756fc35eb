-- Microseconds and ranks as text: tostring and cjson keep 14 digits only.
local function us(number) return string.format('%.0f', number) end
