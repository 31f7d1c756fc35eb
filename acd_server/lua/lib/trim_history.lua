-- @include "lib/us"
-- Forgets events older than 15 minutes, beyond the newest `100 000`, or beyond
-- 256 MiB. Marks are set every 100 events, so what is kept is up to 100 events
-- more. Called once per mark: a steady state forgets one mark for each new one.
local function trim_history(sequence, at, bytes)
  local history = key('history')
  redis.call('RPUSH', history, sequence .. ' ' .. us(at) .. ' ' .. us(bytes))
  local maximum = tonumber(redis.call('HGET', key('clock'), 'history_max') or '100000')
  for _ = 1, 8 do
    local mark = redis.call('LINDEX', history, 0)
    local old_sequence, old_at, old_bytes = string.match(mark, '(%d+) (%d+) (%d+)')
    local too_many = sequence - old_sequence >= maximum
    local too_old = at - old_at > 900000000
    local too_big = bytes - old_bytes > 268435456
    if not (too_many or too_old or too_big) or tonumber(old_sequence) == sequence then return end
    redis.call('LPOP', history)
    redis.call('XTRIM', key('events'), 'MINID', old_sequence .. '-0')
  end
end
