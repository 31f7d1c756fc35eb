-- @include "lib/check_skills"
-- A refusal when one of the overflow rules requires a skill that cannot be; else nil.
local function check_overflow(rules)
  for _, rule in ipairs(rules) do
    local missing = rule.skills and check_skills(rule.skills)
    if missing then return missing end
  end
end
