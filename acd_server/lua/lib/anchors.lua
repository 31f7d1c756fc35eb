-- The sets in which a waiting class is found by agents that become free: that of its first skill,
-- that of all, or that of each agent that it names.
local function anchors(class)
  if not class.named then return {key('waiting_classes', class.anchor)} end
  local found = {}
  for i, agent_id in ipairs(class.named) do found[i] = key('waiting_classes', '@' .. agent_id) end
  return found
end
