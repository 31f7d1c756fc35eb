-- @include "lib/now"
-- @include "lib/schedule"
-- @include "lib/anybody"
-- @include "lib/parse_requirement"
-- @include "lib/load_contact"
-- @include "lib/move_on"
-- Looks at the relaxation steps in which contacts wait, by class: where nobody signed in could satisfy
-- one any more, the next one begins at once. At most `left` classes and contacts at once; the job's
-- record is the member of `stepped` it got to and where its look at agents goes on.
local function fire_steps(_, left)
  local cursor, from = string.match(redis.call('HGET', key('jobs'), 'steps') or '', '^(%S*) (.*)$')
  if not cursor then return 1 end
  local done = 0
  while done < left do
    local start = cursor == '' and '-' or '(' .. cursor
    local member = redis.call('ZRANGEBYLEX', key('stepped'), start, '+', 'LIMIT', 0, 1)[1]
    if not member and redis.call('HDEL', key('jobs'), 'steps_again') == 0 then
      redis.call('HDEL', key('jobs'), 'steps')
      return done
    end
    done = done + 1
    if not member then
      cursor, from = '', ''
      break
    end
    local class_id, contact_id = string.match(member, '^(%x+):(.*)$')
    local found, got_to = anybody(parse_requirement(redis.call('HGET', key('classes'), class_id)), from)
    from = got_to or ''
    if found == nil then break end
    -- Behind all of the class, or behind this contact.
    cursor = found and class_id .. ';' or member
    if not found then move_on(load_contact(contact_id), true) end
  end
  redis.call('HSET', key('jobs'), 'steps', cursor .. ' ' .. from)
  schedule('job:steps', now())
  return done
end
