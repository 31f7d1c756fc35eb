-- What a script may still look at: agents, for somebody who could ever serve a class (lib/anybody); and waiting
-- classes, for agents who become free (lib/add_candidate).
local looks_left, meets_left = 1000, 1000
