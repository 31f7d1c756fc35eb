-- Tells the servers that the center has events, work or an earlier deadline.
local woken = false
local function wake()
  if woken then return end
  woken = true
  redis.call('PUBLISH', 'acd:wake', string.sub(prefix, 2, -3))
end
