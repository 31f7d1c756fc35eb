-- The channels of contacts; names of the proto enum Channel.
local CHANNELS = {'VOICE', 'CHAT', 'EMAIL', 'CALLBACK'}
