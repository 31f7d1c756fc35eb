-- Dispatchers match whenever there is something to match.
local function may_match() return true end
