-- @include "lib/refuse"
-- The reply remembered for a request id, or the refusal of an id used for another
-- request; nil when the id is new. A replay refreshes its record: it must write,
-- or WAIT would confirm nothing on this connection.
local function recall(request_id, fingerprint)
  if request_id == '' then return nil end
  local record = redis.call('GET', key('request', request_id))
  if not record then return nil end
  local seen, reply = cmsgpack.unpack(record)
  if seen ~= fingerprint then return refuse('REQUEST_ID_REUSED', 'requestId', request_id) end
  redis.call('PEXPIRE', key('request', request_id), 600000)
  return reply
end
