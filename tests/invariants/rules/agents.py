"""Verbs of agents."""

from hypothesis import strategies as st

from tests.invariants.rules.machine import Machine
from tests.invariants.rules.policies import SKILLS
from tests.invariants.rules.weighted import precondition, rule

held_skills = st.fixed_dictionaries({}, optional=dict.fromkeys(SKILLS, st.integers(1, 3)))

Costs = dict[str, dict[str, int]]

OWN: list[tuple[int, Costs]] = [
    (0, {}),
    (0, {}),
    (200, {}),
    (0, {"VOICE": {"cost": 60}, "CHAT": {"cost": 10, "most": 2}}),
    (150, {"VOICE": {"cost": 60, "most": 1}, "CHAT": {"cost": 50, "most": 3}}),
    (50, {}),
]
"""What an agent can hold by his own rules: in all (0: as the policy says), and by channel."""

REASONS = ("", "lunch", "MISSED_OFFER")
"""The router's own reason is one that an agent may give, too."""


def has_agents(machine: Machine) -> bool:
    return bool(machine.model.agents)


class AgentRules(Machine):
    """Who there is, what he can, whether he takes contacts."""

    def begin(self, data: st.DataObject) -> None:
        """Some are there from the beginning."""
        for held in data.draw(st.lists(held_skills, max_size=3)):
            self.create_agent(held, (0, {}))

    @precondition(lambda self: len(self.model.agents) < 6)
    @rule(weight=6, skills=held_skills, own=st.sampled_from(OWN))
    def create_agent(self, skills: dict[str, int], own: tuple[int, Costs]) -> None:
        name = self.new_name("agent")
        capacity, costs = own
        call = self.store.agents.create_agent(
            self.center, name, display_name="", skills=skills, capacity=capacity, costs=costs, request=None
        )
        self.both(call, lambda: self.model.create_agent(name, skills, capacity, costs))
        if name in self.model.agents:
            self.set_state(name, "AVAILABLE")

    def set_state(self, name: str, presence: str, reason: str = "", *, after_work: bool = False) -> None:
        call = self.store.agents.set_agent_state(
            self.center, name, presence=presence, reason=reason, after_work=after_work, request=None
        )
        self.both(call, lambda: self.model.set_state(name, presence, reason, after_work=after_work))

    @precondition(has_agents)
    @rule(
        weight=6,
        data=st.data(),
        presence=st.sampled_from(["OFFLINE", "AVAILABLE", "AVAILABLE", "NOT_READY"]),
        reason=st.sampled_from(REASONS),
        after_work=st.booleans(),
    )
    def set_agent_state(self, data: st.DataObject, presence: str, reason: str, *, after_work: bool) -> None:
        name = self.pick(data, self.model.agents)
        self.set_state(name, presence, reason if presence == "NOT_READY" else "", after_work=after_work)

    @precondition(has_agents)
    @rule(weight=1, data=st.data())
    def renew_agent_lease(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.agents)
        self.both(self.store.agents.renew_agent_lease(self.center, name), lambda: self.model.renew_lease(name))

    @precondition(has_agents)
    @rule(weight=1, data=st.data())
    def delete_agent(self, data: st.DataObject) -> None:
        name = self.pick(data, self.model.agents)
        call = self.store.agents.delete_agent(self.center, name, request=None)
        self.both(call, lambda: self.model.delete_agent(name))

    @precondition(has_agents)
    @rule(weight=1, data=st.data(), skills=st.none() | held_skills, own=st.none() | st.sampled_from(OWN))
    def update_agent(self, data: st.DataObject, skills: dict[str, int] | None, own: tuple[int, Costs] | None) -> None:
        name = self.pick(data, self.model.agents)
        capacity, costs = own or (None, None)
        call = self.store.agents.update_agent(
            self.center,
            name,
            display_name=None,
            skills=skills,
            capacity=capacity,
            costs=costs,
            request=None,
        )
        self.both(call, lambda: self.model.update_agent(name, skills, capacity, costs))

    @precondition(has_agents)
    @rule(weight=2, data=st.data(), skill=st.sampled_from(SKILLS), level=st.integers(1, 3))
    def add_agent_skill(self, data: st.DataObject, skill: str, level: int) -> None:
        name = self.pick(data, self.model.agents)
        call = self.store.agents.add_agent_skill(self.center, name, skill, level, request=None)
        self.both(call, lambda: self.model.add_skill(name, skill, level))

    @precondition(has_agents)
    @rule(weight=1, data=st.data(), skill=st.sampled_from(SKILLS))
    def remove_agent_skill(self, data: st.DataObject, skill: str) -> None:
        name = self.pick(data, self.model.agents)
        call = self.store.agents.remove_agent_skill(self.center, name, skill, request=None)
        self.both(call, lambda: self.model.remove_skill(name, skill))

    @precondition(lambda self: self.model.contacts and self.model.agents)
    @rule(weight=2, data=st.data())
    def pull_contact(self, data: st.DataObject) -> None:
        agent, name = self.pick(data, self.model.agents), self.pick(data, self.model.contacts)
        call = self.store.contacts.pull_contact(self.center, agent, name, request=None)
        self.both(call, lambda: self.model.pull(agent, name))
