-- @include "lib/census"
-- @include "lib/classes_ahead"
-- @include "lib/handle_time"
-- @include "lib/share"
-- @include "lib/parse_requirement"
-- How long a queued contact that has `before` contacts before it would wait in a class, by the formula
-- that Google publishes for its contact centre (docs/waiting.md), with its inputs. Shares are taken
-- from the first 20 agents. `wait` is nil when it is unknown.
local ALLOWANCE = 10000000
local function estimate_class(own, contact, before, at)
  local agents = census(own)
  local scale = agents.examined > 0 and agents.total / agents.examined or 0
  local classes, counted, complete = classes_ahead(contact.rank)
  local active, free = {unpack(agents.active, 1, 20)}, {unpack(agents.free, 1, 20)}
  local queued, others = 1, {}
  for i, entry in ipairs(classes) do
    queued = queued + entry[2] * share(active, entry[1])
    others[i] = entry[1]
  end
  if counted > 0 then queued = queued + (before - counted) * (queued - 1) / counted end
  local available = 0
  for _, agent in ipairs(free) do
    local able = 1
    for _, class in ipairs(others) do
      if class.text ~= own.text and satisfies(agent[1], agent[2], class) then able = able + 1 end
    end
    available = available + 1 / able
  end
  if #free > 0 then available = available / #free * agents.available * scale end
  local found = {
    active = #agents.active * scale, available = available, queued = queued,
    complete = complete and agents.total <= agents.examined,
  }
  found.handle_time, found.handled = handle_time(contact.channel, at)
  if found.handle_time and found.active > 0 then
    found.wait = found.handle_time / found.active * math.max(0, queued - available) + ALLOWANCE
  end
  return found
end
