#!lua flags=no-writes
--[[
Which of some commands the store's user may not run. Asked before a server serves: a script that is
refused a command half-way has made half of its change.

ARGV  calls (JSON: the words of each command)
ok    the numbers of those that it may not run, from 1
]]
local calls = unpack(ARGV)
-- @include "lib/reply"

local denied = {}
for number, words in ipairs(cjson.decode(calls)) do
  if not redis.acl_check_cmd(unpack(words)) then denied[#denied + 1] = number end
end
return ok(unpack(denied))
