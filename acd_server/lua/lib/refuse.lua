-- A refusal; REASON is a name of the proto enum ErrorReason.
local function refuse(reason, ...) return {'err', reason, ...} end
