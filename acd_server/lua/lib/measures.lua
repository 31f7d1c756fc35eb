-- @include "lib/fit"
-- What a strategy other than LONGEST_AVAILABLE compares agents by, who satisfy the class: the least of
-- these numbers wins. For agents by id, with their skills' texts (,skill=level,...,).
local NOTED = {LEAST_LOADED = 'loads', ROUND_ROBIN = 'last_offers'}
local function measures(strategy, ids, texts, class)
  local found = NOTED[strategy] and redis.call('ZMSCORE', key(NOTED[strategy]), unpack(ids)) or {}
  for i, text in ipairs(texts) do
    if strategy == 'BEST_FIT' then
      found[i] = -fit(text, class)
    elseif strategy == 'LEAST_SKILLED' then
      found[i] = select(2, string.gsub(text, '=', ''))
    else
      found[i] = tonumber(found[i] or '0')
    end
  end
  return found
end
