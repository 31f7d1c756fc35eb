-- @include "lib/refuse"
-- @include "lib/names"
-- A refusal when the center has reasons for being not ready and this is none of them; else nil.
local function check_reason(presence, reason)
  if presence ~= 'NOT_READY' then return end
  local listed = cjson.decode(redis.call('HGET', key('center'), 'not_ready_reasons') or '[]')
  for _, known in ipairs(listed) do
    if known == reason then return end
  end
  if #listed > 0 then return refuse('UNKNOWN_REASON', 'name', name()) end
end
