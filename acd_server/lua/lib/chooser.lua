-- @include "lib/choose_agent"
-- What chooses among agents where a strategy compares them.
local function chooser() return choose_agent end
