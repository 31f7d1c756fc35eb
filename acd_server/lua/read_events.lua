#!lua flags=no-writes
--[[
Reads events from a sequence on, at most about 1 MiB.

ARGV  first, limit
ok    incarnation, last sequence, stamp of the last event, oldest sequence kept, its stamp, then
      of each event: sequence, list of fields and texts
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local first, limit = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/center_state"

local state, refusal = center_state()
if not state then return refusal end
local events = key('events')
local function sequence_of(entry) return string.match(entry[1], '^%d+') end
local function stamp_of(entry) return entry[2][4] end
local oldest = redis.call('XRANGE', events, '-', '+', 'COUNT', 1)[1]
local reply = ok(redis.call('HGET', key('clock'), 'incarnation'), '', '', sequence_of(oldest), stamp_of(oldest))
local size, last, newest = 0, nil, nil
while tonumber(limit) > 0 and size < 1048576 do
  local page = redis.call('XRANGE', events, first .. '-0', '+', 'COUNT', math.min(limit, 50))
  for _, entry in ipairs(page) do
    reply[#reply + 1], reply[#reply + 2] = sequence_of(entry), entry[2]
    for _, text in ipairs(entry[2]) do size = size + #text end
    last = entry
  end
  if #page < math.min(limit, 50) then
    newest = last
    break
  end
  first = tonumber(sequence_of(last)) + 1
  limit = limit - #page
end
newest = newest or redis.call('XREVRANGE', events, '+', '-', 'COUNT', 1)[1]
reply[3], reply[4] = sequence_of(newest), stamp_of(newest)
return reply
