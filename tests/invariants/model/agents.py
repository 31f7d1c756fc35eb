"""Verbs of agents."""

from tests.invariants.model.eligibility import may_serve
from tests.invariants.model.records import ModelAgent, ModelAssignment, Refused
from tests.invariants.model.state import State


class AgentVerbs(State):
    """Presence, its next one, the lease; an agent takes a contact himself."""

    def set_state(self, name: str, presence: str, *, after_work: bool = False) -> None:
        agent = self.agents[name]
        if not after_work or not agent.holds or agent.presence == presence:
            self.set_presence(name, presence)
        else:
            agent.next = presence

    def after_work(self, name: str) -> None:
        """What was to come when nothing is held any more comes."""
        agent = self.agents[name]
        if agent.next and not agent.holds:
            self.set_presence(name, agent.next)

    def renew_lease(self, name: str) -> None:
        if self.agents[name].presence == "OFFLINE":
            raise Refused("WRONG_STATE")

    def _serves(self, agent: ModelAgent) -> list[ModelAssignment]:
        held = [self.assignment(*each) for each in agent.holds]
        return [each for each in held if each.state == "ACTIVE"]

    def lose(self, name: str) -> None:
        """His lease is over: he is gone, and whom he talks to is marked."""
        agent = self.agents[name]
        self.set_presence(name, "OFFLINE")
        for held in self._serves(agent):
            held.lost = True

    def set_presence(self, name: str, presence: str, following: str = "") -> None:
        agent = self.agents[name]
        agent.next = following
        if agent.presence == "OFFLINE" and presence != "OFFLINE":
            for held in self._serves(agent):
                held.lost = False
        if presence == "AVAILABLE" and agent.presence != "AVAILABLE":
            agent.idle, agent.misses = self.tick(), 0
        agent.presence = presence
        if presence != "AVAILABLE":
            for contact, number in list(agent.holds):
                if self.assignment(contact, number).state == "OFFERED":
                    self.end_offer(contact, number, "REVOKED", "AGENT_LEFT")

    def delete_agent(self, name: str) -> None:
        agent = self.agents[name]
        if any(self.assignment(*each).state != "OFFERED" for each in agent.holds):
            raise Refused("AGENT_HAS_WORK")
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
