"""The reference matcher: order of contacts, the pairs that must be made."""

from collections.abc import Callable, Iterable

from tests.invariants.model import choice
from tests.invariants.model.eligibility import can_take
from tests.invariants.model.overflow import fire_due
from tests.invariants.model.preferred import settle_due
from tests.invariants.model.records import ModelAssignment
from tests.invariants.model.relaxation import move_due
from tests.invariants.model.state import State

BEFORE: list[Callable[[State, Iterable[str]], None]] = [move_due, fire_due, settle_due]
"""What matching does before it makes pairs: with deadlines that decide who may have whom."""


class Matching(State):
    """Pairs, in order."""

    def match(self, due: Iterable[str] = (), most: int | None = None) -> list[tuple[str, int, str]]:
        """Every pair that matching must make now, in order: contact, number of the assignment, agent.

        `due` are the deadlines that no dispatcher has fired yet; matching does not come before some of them.
        `most`: no more than so many.
        """
        if not self.open:
            return []
        for do in BEFORE:
            do(self, due)
        pairs: list[tuple[str, int, str]] = []
        waiting = [(c.rank, name) for name, c in self.contacts.items() if c.state == "QUEUED"]
        for _, name in sorted(waiting):
            if len(pairs) == most:
                break
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
        holder.last_offer = self.tick()
        holder.costs[held] = (contact.channel, holder.room.rule(contact.channel)[0])
        if holder.free:
            holder.idle = self.tick()
        if self.rule("auto_accept"):
            self.accept(name, len(contact.assignments))
