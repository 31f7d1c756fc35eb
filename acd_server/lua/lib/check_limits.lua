-- @include "lib/us"
-- @include "lib/refuse"
-- @include "lib/names"
-- @include "lib/requirement"
-- A refusal when one more contact may not wait, by the server's limits or the center's rules; else
-- nil. Scheduled contacts (`later`) are counted by themselves, against the server's limit alone.
local function check_limits(contact, later, rules, max_waiting, max_classes)
  local waiting = redis.call('ZCARD', later and key('contacts', 'SCHEDULED') or key('queue'))
  local most = max_waiting
  if not later and rules.max_waiting > 0 then most = math.min(most, rules.max_waiting) end
  if waiting >= most then return refuse('QUEUE_FULL', 'name', name(), 'limit', us(most), 'scope', 'center') end
  if later then return nil end
  -- Every class that waits has a contact that does.
  local all_classes = waiting >= max_classes and redis.call('HLEN', key('classes')) >= max_classes
  if not all_classes and rules.max_class_waiting == 0 then return nil end
  local class_id = redis.sha1hex(requirement(contact, 0))
  if rules.max_class_waiting > 0 and redis.call('ZCARD', key('class', class_id)) >= rules.max_class_waiting then
    return refuse('QUEUE_FULL', 'name', name(), 'limit', us(rules.max_class_waiting), 'scope', 'class')
  end
  if all_classes and redis.call('HEXISTS', key('classes'), class_id) == 0 then
    return refuse('TOO_MANY_CLASSES', 'name', name(), 'limit', us(max_classes))
  end
end
