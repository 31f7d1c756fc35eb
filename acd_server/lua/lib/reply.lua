-- Replies of every script: {'ok', ...} or {'err', REASON, key, value, ...}.
local function ok(...) return {'ok', ...} end
