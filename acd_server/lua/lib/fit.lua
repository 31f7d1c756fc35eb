-- The sum of an agent's levels over the skills of a class that he satisfies.
local function fit(text, class)
  local sum = 0
  for _, required in ipairs(class.skills) do
    local _, found = string.find(text, required[1], 1, true)
    sum = sum + string.match(text, '^%d+', found + 1)
  end
  return sum
end
