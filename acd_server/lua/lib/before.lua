-- What contacts and agents were before, by their ids, for the indexes that go by it: a contact's state; an agent's
-- {presence, activity}.
local contact_before, agent_before = {}, {}
