-- A write with no meaning, for a path that answers OK and changes nothing: WAIT
-- covers only what its own connection wrote, and the answer must be replicated.
local function touch() redis.call('HINCRBY', key('clock'), 'touches', 1) end
