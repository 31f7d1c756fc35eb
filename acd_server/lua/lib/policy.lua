-- A number of the center's policy (durations in microseconds); nil for one that is unset.
-- A center that an older release created lacks the newer fields, and has their defaults.
local DEFAULTS = {
  max_missed_offers = 1, max_offers = 0, agent_lease = 30000000, wrap_up_limit = 3600000000, preferred_wait = 30000000,
}
local function policy(field)
  return tonumber(redis.call('HGET', key('center'), field) or DEFAULTS[field])
end
