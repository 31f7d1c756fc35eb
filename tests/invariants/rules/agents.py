"""Verbs of agents."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.model import ModelAgent, Room
from tests.invariants.rules.contacts import skill_sets
from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import SKILLS

ROOMS = st.sampled_from(
    [
        Room(),
        Room(),
        Room(total=200),
        Room(voice=(60, 50), chat=(10, 2)),
        Room(total=150, voice=(60, 1), chat=(50, 3)),
        Room(total=50),
    ]
)


def costs(room: Room) -> dict[str, dict[str, int]]:
    rules = {"VOICE": room.voice, "CHAT": room.chat}
    return {channel: {"cost": cost, "most": most} for channel, (cost, most) in rules.items()}


def has_agents(machine: Machine) -> bool:
    return bool(machine.model.agents)


class AgentRules(Machine):
    """Who there is, what he can, whether he takes contacts."""

    @precondition(lambda self: len(self.model.agents) < 6)
    @rule(skills=skill_sets, room=ROOMS)
    def create_agent(self, skills: dict[str, int], room: Room) -> None:
        name = self.new_name("agent")
        self.model.agents[name] = ModelAgent(dict(skills), room=room)
        call = self.store.agents.create_agent(
            self.center, name, display_name="", skills=skills, capacity=room.total, costs=costs(room), request=None
        )
        self.run(call)
        self.set_state(name, "AVAILABLE")

    def set_state(self, name: str, presence: str, *, after_work: bool = False) -> None:
        # The router's own reason makes another reason of the same presence: the model does not look at reasons.
        reason = "MISSED_OFFER" if presence == "NOT_READY" else ""
        self.model.set_state(name, presence, after_work=after_work)
        call = self.store.agents.set_agent_state(
            self.center, name, presence=presence, reason=reason, after_work=after_work, request=None
        )
        self.run(call)

    @precondition(has_agents)
    @rule(
        data=st.data(),
        presence=st.sampled_from(["OFFLINE", "AVAILABLE", "AVAILABLE", "NOT_READY"]),
        after_work=st.booleans(),
    )
    def set_agent_state(self, data: st.DataObject, presence: str, *, after_work: bool) -> None:
        self.set_state(self.pick(data, self.model.agents), presence, after_work=after_work)

    @precondition(has_agents)
    @rule(data=st.data())
    def renew_agent_lease(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.agents)
        self.both(self.store.agents.renew_agent_lease(self.center, name), lambda: self.model.renew_lease(name))

    @precondition(has_agents)
    @rule(data=st.data())
    def delete_agent(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.agents)
        call = self.store.agents.delete_agent(self.center, name, request=None)
        self.both(call, lambda: self.model.delete_agent(name))

    @precondition(has_agents)
    @rule(data=st.data(), room=ROOMS)
    def update_agent(self, data: st.DataObject, room: Room) -> None:
        name = self.pick(data, self.model.agents)
        self.model.agents[name].room = room
        call = self.store.agents.update_agent(
            self.center,
            name,
            display_name=None,
            skills=None,
            capacity=room.total,
            costs=costs(room),
            request=None,
        )
        self.run(call)

    @precondition(has_agents)
    @rule(data=st.data(), skill=st.sampled_from(SKILLS), level=st.integers(1, 3))
    def add_agent_skill(self, data: st.DataObject, skill: str, level: int) -> None:
        name = self.pick(data, self.model.agents)
        self.model.agents[name].skills[skill] = level
        self.run(self.store.agents.add_agent_skill(self.center, name, skill, level, request=None))

    @precondition(has_agents)
    @rule(data=st.data(), skill=st.sampled_from(SKILLS))
    def remove_agent_skill(self, data: st.DataObject, skill: str) -> None:
        name = self.pick(data, self.model.agents)
        self.model.agents[name].skills.pop(skill, None)
        self.run(self.store.agents.remove_agent_skill(self.center, name, skill, request=None))

    @precondition(lambda self: self.model.contacts and self.model.agents)
    @rule(data=st.data())
    def pull_contact(self, data: st.DataObject) -> None:
        agent, name = self.pick(data, self.model.agents), self.pick(data, self.model.contacts)
        call = self.store.contacts.pull_contact(self.center, agent, name, request=None)
        self.both(call, lambda: self.model.pull(agent, name))
