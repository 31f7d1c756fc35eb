-- @include "lib/estimate_class"
-- @include "lib/parse_requirement"
-- How long a queued contact that has `before` contacts before it will wait, with the inputs. One that
-- holds out for preferred agents gets one of them, or, when its time is over, whoever its place in the
-- line brings it then: whichever comes first.
local function estimate_wait(contact, before, at)
  local text = redis.call('HGET', key('classes'), contact.class)
  local class = parse_requirement(text)
  local found = estimate_class(class, contact, before, at)
  if not class.preferred then return found end
  local anybody = parse_requirement(string.match(text, '^[^|]*|[^|]*|[^|]*'))
  local later = estimate_class(anybody, contact, before, at)
  if not later.wait then return found end
  later.wait = math.max(later.wait, tonumber(contact.preferred_until) - at)
  return (not found.wait or later.wait < found.wait) and later or found
end
