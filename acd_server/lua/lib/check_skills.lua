-- @include "lib/refuse"
-- @include "lib/names"
-- A refusal when one of the skills {skill, level} cannot be given; else nil.
local function check_skills(skills)
  for _, given in ipairs(skills) do
    if redis.call('SISMEMBER', key('live_skills'), given.skill) == 0 then
      local deleting = redis.call('ZSCORE', key('skills'), given.skill)
      return refuse(deleting and 'SKILL_DELETING' or 'RESOURCE_NOT_FOUND', 'name', name('skills', given.skill))
    end
  end
end
