-- Keeps an OK reply for 10 minutes under its request id, and returns it.
local function remember(request_id, fingerprint, reply)
  if request_id ~= '' then
    redis.call('SET', key('request', request_id), cmsgpack.pack(fingerprint, reply), 'PX', 600000)
  end
  return reply
end
