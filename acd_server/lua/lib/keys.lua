-- Every key of a center is its prefix, a family of store/keys.py, and up to two ids.
local function key(family, a, b)
  if b then return prefix .. family .. ':' .. a .. ':' .. b end
  if a then return prefix .. family .. ':' .. a end
  return prefix .. family
end
