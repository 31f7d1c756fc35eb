-- Strict priority: one point outweighs any wait (3 years).
local PRIORITY_WEIGHT = 1e14
