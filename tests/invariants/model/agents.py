"""Verbs of agents."""

import json
from collections.abc import Mapping

from tests.invariants.model.eligibility import may_serve
from tests.invariants.model.records import ModelAgent, ModelAssignment, Refused
from tests.invariants.model.state import State

Costs = Mapping[str, Mapping[str, int]]
"""Channel → `cost` and `most`, each optional."""


class AgentVerbs(State):
    """Presence, its next one, the lease; an agent takes a contact himself."""

    def create_agent(self, name: str, skills: dict[str, int], capacity: int, costs: Costs) -> None:
        self.check_skills(skills)
        agent = ModelAgent(dict(skills), capacity=capacity, own_costs=costs, since=self.tick())
        agent.room = self.room_of(agent)
        self.agents[name] = agent

    def update_agent(self, name: str, skills: dict[str, int] | None, capacity: int | None, costs: Costs | None) -> None:
        agent = self.agents[name]
        self.check_skills(skills or ())
        self._set_skills(agent, agent.skills if skills is None else dict(skills), changed=skills is not None)
        agent.capacity = agent.capacity if capacity is None else capacity
        agent.own_costs = agent.own_costs if costs is None else costs
        if capacity is not None or costs is not None:
            self.resize(agent)

    def _set_skills(self, agent: ModelAgent, skills: dict[str, int], *, changed: bool) -> None:
        agent.skills = skills
        if changed and agent.presence != "OFFLINE":
            self.reconsider()

    def resize(self, agent: ModelAgent) -> None:
        """What he can hold is what the rules say now."""
        before, agent.room = agent.room, self.room_of(agent)
        if agent.room != before and agent.presence != "OFFLINE":
            self.reconsider()

    def add_skill(self, name: str, skill: str, level: int) -> None:
        self.check_skills([skill])
        agent = self.agents[name]
        self._set_skills(agent, agent.skills | {skill: level}, changed=agent.skills.get(skill) != level)

    def remove_skill(self, name: str, skill: str) -> None:
        agent = self.agents[name]
        left = {held: level for held, level in agent.skills.items() if held != skill}
        self._set_skills(agent, left, changed=left != agent.skills)

    def set_state(self, name: str, presence: str, reason: str, *, after_work: bool = False) -> None:
        agent = self.agents[name]
        known = json.loads(self.choice("not_ready_reasons"))
        if presence == "NOT_READY" and known and reason not in known:
            raise Refused("UNKNOWN_REASON")
        is_now = (agent.presence, agent.reason) == (presence, reason)
        if after_work and agent.holds and not is_now:
            if (agent.next, agent.next_reason) != (presence, reason):
                agent.next, agent.next_reason, agent.since = presence, reason, self.tick()
        elif not is_now or agent.next:
            self.set_presence(name, presence, reason)

    def after_work(self, name: str) -> None:
        """What was to come when nothing is held any more comes."""
        agent = self.agents[name]
        if agent.next and not agent.holds:
            self.set_presence(name, agent.next, agent.next_reason)

    def renew_lease(self, name: str) -> None:
        if self.agents[name].presence == "OFFLINE":
            raise Refused("WRONG_STATE")

    def _serves(self, agent: ModelAgent) -> list[ModelAssignment]:
        held = [self.assignment(*each) for each in agent.holds]
        return [each for each in held if each.state == "ACTIVE"]

    def lose(self, name: str) -> None:
        """His lease is over: he is gone, and whom he talks to is marked."""
        agent = self.agents[name]
        self.set_presence(name, "OFFLINE", "LEASE_EXPIRED")
        for held in self._serves(agent):
            held.lost = True

    def set_presence(self, name: str, presence: str, reason: str = "", following: tuple[str, str] = ("", "")) -> None:
        agent = self.agents[name]
        agent.reason, agent.since = reason, self.tick()
        agent.next, agent.next_reason = following
        if agent.presence == "OFFLINE" and presence != "OFFLINE":
            for held in self._serves(agent):
                held.lost = False
        if presence == "AVAILABLE" and agent.presence != "AVAILABLE":
            agent.idle, agent.misses = self.tick(), 0
        agent.presence = presence
        if presence == "OFFLINE":
            self.reconsider()
        if presence != "AVAILABLE":
            for contact, number in list(agent.holds):
                if self.assignment(contact, number).state == "OFFERED":
                    self.end_offer(contact, number, "REVOKED", "AGENT_LEFT")

    def delete_agent(self, name: str) -> None:
        agent = self.agents[name]
        if any(self.assignment(*each).state != "OFFERED" for each in agent.holds):
            raise Refused("AGENT_HAS_WORK")
        if agent.presence != "OFFLINE":
            self.set_presence(name, "OFFLINE")
        del self.agents[name]

    def pull(self, agent: str, name: str) -> None:
        contact = self.contacts[name]
        newest = contact.assignments[-1] if contact.assignments else None
        if newest and contact.state == "ACTIVE" and newest.pulled and newest.agent == agent:
            return
        if contact.state != "QUEUED":
            raise Refused("WRONG_STATE")
        if not self.open:
            raise Refused("CENTER_CLOSED")
        if not may_serve(self, agent, contact):
            raise Refused("NOT_ELIGIBLE")
        self.offer(name, agent)
        contact.assignments[-1].pulled = True
        self.accept(name, len(contact.assignments))
