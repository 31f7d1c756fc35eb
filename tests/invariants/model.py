"""A small model of the life cycle: what each verb and each deadline must do.

It shares no code with the scripts. It has no clock of its own: where an order in time
matters it counts, and what is due it is told. `match` is the reference matcher: the
contact with the best rank gets, of the agents it could take, the one who has been
available longest.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class ModelAssignment:
    agent: str
    state: str = "OFFERED"
    outcome: str = ""
    revoke: str = ""


@dataclass
class ModelContact:
    order: int
    skills: dict[str, int]
    priority: int
    owner: str
    state: str = "QUEUED"
    reason: str = ""
    barred: set[str] = field(default_factory=set)
    assignments: list[ModelAssignment] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        return self.state in ("QUEUED", "OFFERED")


@dataclass
class ModelAgent:
    skills: dict[str, int]
    presence: str = "OFFLINE"
    idle: int = 0
    holds: tuple[str, int] | None = None

    @property
    def free(self) -> bool:
        return self.presence == "AVAILABLE" and self.holds is None

    def can_take(self, name: str, contact: ModelContact) -> bool:
        return (
            self.free
            and name not in contact.barred
            and all(self.skills.get(skill, 0) >= level for skill, level in contact.skills.items())
        )


class Refused(Exception):  # noqa: N818  # a refusal is the router's word, not an error of the model
    """The verb is refused, for this reason."""


@dataclass
class Model:
    wrap_up: bool = True
    bars: bool = True
    auto_accept: bool = False
    open: bool = True
    agents: dict[str, ModelAgent] = field(default_factory=dict)
    contacts: dict[str, ModelContact] = field(default_factory=dict)
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def tick(self) -> int:
        return next(self._count)

    # Agents.

    def set_presence(self, name: str, presence: str) -> None:
        agent = self.agents[name]
        if presence == "AVAILABLE" and agent.presence != "AVAILABLE":
            agent.idle = self.tick()
        agent.presence = presence
        if presence != "AVAILABLE" and agent.holds:
            contact, number = agent.holds
            if self.assignment(contact, number).state == "OFFERED":
                self._end_offer(contact, number, "REVOKED", "AGENT_LEFT")

    def delete_agent(self, name: str) -> None:
        agent = self.agents[name]
        if agent.holds and self.assignment(*agent.holds).state != "OFFERED":
            raise Refused("AGENT_HAS_WORK")
        self.set_presence(name, "OFFLINE")
        del self.agents[name]

    # Contacts.

    def enqueue(self, name: str, skills: dict[str, int], priority: int, owner: str) -> None:
        if not self.open:
            raise Refused("CENTER_CLOSED")
        self.contacts[name] = ModelContact(self.tick(), skills, priority, owner)

    def match(self) -> list[tuple[str, int, str]]:
        """Every pair that matching must make now, in order."""
        if not self.open:
            return []
        pairs = []
        waiting = [(-c.priority, c.order, name) for name, c in self.contacts.items() if c.state == "QUEUED"]
        for _, _, name in sorted(waiting):
            contact = self.contacts[name]
            able = [(a.idle, n) for n, a in self.agents.items() if a.can_take(n, contact)]
            if able:
                chosen = min(able)[1]
                self.offer(name, chosen)
                pairs.append((name, len(contact.assignments), chosen))
        return pairs

    def offer(self, name: str, agent: str) -> None:
        contact = self.contacts[name]
        contact.state = "OFFERED"
        contact.assignments.append(ModelAssignment(agent))
        self.agents[agent].holds = (name, len(contact.assignments))
        if self.auto_accept:
            self.accept(name, len(contact.assignments))

    def assignment(self, name: str, number: int) -> ModelAssignment:
        return self.contacts[name].assignments[number - 1]

    def _refuse(self, assignment: ModelAssignment) -> None:
        stale = assignment.state in ("DECLINED", "MISSED", "REVOKED", "TRANSFERRED")
        raise Refused("STALE_ASSIGNMENT" if stale or assignment.outcome == "TRANSFERRED" else "WRONG_STATE")

    def accept(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.state == "ACTIVE":
            return
        if assignment.state != "OFFERED":
            self._refuse(assignment)
        assignment.state = self.contacts[name].state = "ACTIVE"

    def decline(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.state == "DECLINED":
            return
        if assignment.state != "OFFERED":
            self._refuse(assignment)
        self._end_offer(name, number, "DECLINED", "")

    def _free(self, assignment: ModelAssignment, *, idle: bool) -> None:
        agent = self.agents[assignment.agent]
        agent.holds = None
        if idle:
            agent.idle = self.tick()

    def _end_offer(self, name: str, number: int, state: str, revoke: str) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        assignment.state, assignment.revoke = state, revoke
        self._free(assignment, idle=state != "REVOKED")
        contact.state = "QUEUED"
        if state != "REVOKED" and self.bars:
            contact.barred.add(assignment.agent)

    def complete(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.outcome == "SERVED" and assignment.state in ("WRAP_UP", "COMPLETED"):
            return
        if assignment.state != "ACTIVE":
            self._refuse(assignment)
        self._end_service(name, number, "SERVED")

    def _end_service(self, name: str, number: int, outcome: str) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        assignment.outcome = outcome
        if self.wrap_up and outcome != "LOST":
            assignment.state = "WRAP_UP"
            if outcome != "TRANSFERRED":
                contact.state = "WRAP_UP"
        else:
            assignment.state = "TRANSFERRED" if outcome == "TRANSFERRED" else "COMPLETED"
            self._free(assignment, idle=True)
            if outcome != "TRANSFERRED":
                contact.state = "COMPLETED"

    def finish(self, name: str, number: int) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        if assignment.state in ("COMPLETED", "TRANSFERRED"):
            return
        if assignment.state != "WRAP_UP":
            self._refuse(assignment)
        transferred = assignment.outcome == "TRANSFERRED"
        assignment.state = "TRANSFERRED" if transferred else "COMPLETED"
        self._free(assignment, idle=True)
        if not transferred:
            contact.state = "COMPLETED"

    def requeue(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.outcome == "TRANSFERRED" or assignment.revoke == "REQUEUED":
            return
        if assignment.state == "OFFERED":
            self._end_offer(name, number, "REVOKED", "REQUEUED")
        elif assignment.state == "ACTIVE":
            self._end_service(name, number, "TRANSFERRED")
            self.contacts[name].state = "QUEUED"
        else:
            self._refuse(assignment)

    def leave(self, name: str, state: str, reason: str) -> None:
        contact = self.contacts[name]
        if contact.state == state:
            return
        if not contact.waits:
            raise Refused("WRONG_STATE")
        if contact.state == "OFFERED":
            assignment = contact.assignments[-1]
            assignment.state, assignment.revoke = "REVOKED", "CONTACT_LEFT"
            self._free(assignment, idle=False)
        contact.state, contact.reason = state, reason

    # Deadlines.

    def fire(self, member: str, *, late: bool) -> None:
        kind, rest = member.split(":", 1)
        if kind in ("offer", "wrap", "maxactive"):
            name, _, number = rest.rpartition(":")
            self._fire_assignment(kind, name, int(number), late=late)
        elif kind == "maxwait" and not late:
            self.leave(rest, "EXPIRED", "MAX_WAIT")
        elif kind == "bar":
            self.contacts[rest].barred.clear()
        elif kind == "retain":
            del self.contacts[rest]
        elif kind == "owner" and not late:
            # One record a call, the oldest first: that is how the test calls it.
            waiting = [(c.order, name) for name, c in self.contacts.items() if c.owner == rest and c.waits]
            if waiting:
                self.leave(min(waiting)[1], "ABANDONED", "OWNER_LOST")

    def _fire_assignment(self, kind: str, name: str, number: int, *, late: bool) -> None:
        if kind == "offer":
            state, revoke = ("REVOKED", "ROUTER_DELAY") if late else ("MISSED", "")
            self._end_offer(name, number, state, revoke)
        elif kind == "wrap":
            self.finish(name, number)
        else:
            self._end_service(name, number, "LOST")
