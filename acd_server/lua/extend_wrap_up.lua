#!lua
--[[
Makes wrap-up last longer, up to its limit.

ARGV  contact_id, number, remaining (us from now, at least), request_id, fingerprint
ok    contact, number, attributes
err   RESOURCE_NOT_FOUND, STALE_ASSIGNMENT, WRONG_STATE, LIMIT_EXCEEDED, REQUEST_ID_REUSED
]]
local prefix = unpack(KEYS)
local contact_id, number, remaining, request_id, fingerprint = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/recall"
-- @include "lib/remember"
-- @include "lib/touch"
-- @include "lib/now"
-- @include "lib/quoted"
-- @include "lib/not_now"
-- @include "lib/extend"
-- @include "lib/contact_text"
-- @include "lib/contact_reply"

local seen = recall(request_id, fingerprint)
if seen then return contact_reply(seen, contact_id) end
local contact, assignment, refusal = quoted(contact_id, tonumber(number))
if refusal then return refusal end
if assignment.state ~= 'WRAP_UP' then return not_now(contact, assignment) end
-- Begun by an older release: as long as it is, and no longer.
local ends, limit = tonumber(assignment.deadline), tonumber(assignment.limit or assignment.deadline)
local wanted = now() + remaining
if wanted <= ends then
  touch()
elseif ends >= limit then
  local length = string.format('%gs', (limit - assignment.service_ended) / 1e6)
  return refuse('LIMIT_EXCEEDED', 'name', name('contacts', contact_id) .. '/assignments/' .. number, 'limit', length)
else
  extend(contact, assignment, math.min(wanted, limit))
end
local reply = remember(request_id, fingerprint, ok(contact_text(contact_id), number))
return contact_reply(reply, contact_id)
