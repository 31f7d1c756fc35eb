#!lua flags=no-writes
--[[
Why a contact waits, or why an agent is not offered anything: of one moment, bounded.

ARGV  kind (contact or agent), subject (its id)
ok    explanation (JSON)
err   RESOURCE_NOT_FOUND, WRONG_STATE
]]
local prefix = unpack(KEYS)
local kind, subject = unpack(ARGV)
-- @include "lib/keys"
-- @include "lib/reply"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/encode"
-- @include "lib/center_state"
-- @include "lib/read_document"
-- @include "lib/read_contact"
-- @include "lib/explain_contact"
-- @include "lib/explain_agent"

local state, refusal = center_state()
if not state then return refusal end
local document
if kind == 'contact' then document = read_contact(subject) else document = read_document(key(kind, subject)) end
if not document then return refuse('RESOURCE_NOT_FOUND', 'name', name(kind .. 's', subject)) end
if kind == 'agent' then return ok(encode(explain_agent(document, state))) end
if document.state ~= 'QUEUED' then
  return refuse('WRONG_STATE', 'name', name('contacts', subject), 'state', document.state)
end
return ok(encode(explain_contact(document, state)))
