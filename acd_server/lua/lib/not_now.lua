-- @include "lib/refuse"
-- @include "lib/names"
-- Refuses a verb: STALE_ASSIGNMENT when the assignment ended without service (another
-- one may be in force), else WRONG_STATE.
local function not_now(contact, assignment)
  local STALE = {DECLINED = true, MISSED = true, REVOKED = true, TRANSFERRED = true}
  local quoted_name = name('contacts', contact.id) .. '/assignments/' .. assignment.n
  local stale = STALE[assignment.state] or assignment.outcome == 'TRANSFERRED' or assignment.outcome == 'NOT_REACHED'
  return refuse(stale and 'STALE_ASSIGNMENT' or 'WRONG_STATE', 'name', quoted_name, 'state', assignment.state)
end
