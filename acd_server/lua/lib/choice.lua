-- How many agents a strategy compares at most: the definition, not only a limit (docs/strategies.md).
local CHOICE = 200
