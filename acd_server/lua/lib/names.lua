-- The resource name of something in the center, for refusals.
local function name(collection, id)
  local center = 'centers/' .. string.sub(prefix, 2, -3)
  if not collection then return center end
  return center .. '/' .. collection .. '/' .. id
end
