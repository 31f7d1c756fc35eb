-- @include "lib/ledger"
-- @include "lib/us"
-- @include "lib/document"
-- @include "lib/append_event"
-- A transition of a skill. Returns its text.
local function commit_skill(event_type, at, skill)
  skill.sequence = ledger().sequence + 1
  local text = write_document(key('skill', skill.id), skill)
  append_event(skill.sequence, at, event_type, {'skill', text})
  return text
end
