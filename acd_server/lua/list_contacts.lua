#!lua flags=no-writes
--[[
A page of contacts, the oldest first; at most about 1 MiB.

ARGV  state ('' for all), after (enqueue time in us, '' from the start), limit
ok    next after ('' at the end), then contact, attributes of each
err   RESOURCE_NOT_FOUND
]]
local prefix = unpack(KEYS)
local state, after, limit = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/center_state"
-- @include "lib/document"

local center, refusal = center_state()
if not center then return refusal end
local index = state == '' and key('contacts') or key('contacts', state)
local start = after == '' and '-inf' or '(' .. after
local found = redis.call('ZRANGEBYSCORE', index, start, '+inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
local reply, size = ok(''), 0
for i = 1, #found, 2 do
  if i > 2 * limit or size > 1048576 then
    reply[2] = found[i - 1]
    break
  end
  local text = read_text(key('contact', found[i]))
  if text then
    local attributes = read_text(key('attributes', found[i])) or ''
    reply[#reply + 1], reply[#reply + 2] = text, attributes
    size = size + #text + #attributes
  end
end
return reply
