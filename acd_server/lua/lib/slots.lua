-- Handle times are kept by slots of 5 minutes (us), the newest 13 of them: an hour and a bit.
local SLOT, SLOTS = 300000000, 13
