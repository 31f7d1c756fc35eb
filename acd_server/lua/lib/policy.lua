-- A number of the center's policy (durations in microseconds); nil for one that is unset.
-- A center that an older release created lacks the newer fields, and has their defaults.
local function policy(field)
  local found = redis.call('HGET', key('center'), field)
  if found then return tonumber(found) end
  local DEFAULTS = {
    max_missed_offers = 1, max_offers = 0, agent_lease = 30000000, wrap_up_limit = 3600000000, preferred_wait = 30000000,
  }
  return DEFAULTS[field]
end
