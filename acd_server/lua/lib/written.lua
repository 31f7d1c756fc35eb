-- The texts of the contacts that this script wrote, by their ids.
local written = {}
