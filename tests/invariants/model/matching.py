"""The reference matcher: order of contacts, the pairs that must be made."""

from tests.invariants.model import choice
from tests.invariants.model.eligibility import can_take
from tests.invariants.model.records import ModelAssignment, ModelContact
from tests.invariants.model.state import State


class Matching(State):
    """Pairs, in order."""

    def rank(self, contact: ModelContact) -> tuple[int, float]:
        """Under STRICT the priority first."""
        strict = self.choice("priority_rule") == "STRICT"
        ahead = contact.credit + (0 if strict else contact.priority * self.rule("head_start"))
        return (-contact.priority if strict else 0), contact.order - ahead

    def match(self) -> list[tuple[str, int, str]]:
        """Every pair that matching must make now, in order: contact, number of the assignment, agent."""
        if not self.open:
            return []
        pairs = []
        waiting = [(*self.rank(c), name) for name, c in self.contacts.items() if c.state == "QUEUED"]
        for _, _, name in sorted(waiting):
            contact = self.contacts[name]
            able = [agent for agent in self.agents if can_take(self, agent, contact)]
            if able:
                chosen = choice.choose(self, contact, able)
                self.offer(name, chosen)
                pairs.append((name, len(contact.assignments), chosen))
        return pairs

    def offer(self, name: str, agent: str) -> None:
        contact = self.contacts[name]
        contact.state = "OFFERED"
        contact.assignments.append(ModelAssignment(agent))
        holder, held = self.agents[agent], (name, len(contact.assignments))
        holder.holds.append(held)
        holder.costs[held] = (contact.channel, holder.room.rule(contact.channel)[0])
        if holder.free:
            holder.idle = self.tick()
        if self.rule("auto_accept"):
            self.accept(name, len(contact.assignments))
