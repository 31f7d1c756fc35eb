"""A small model of the life cycle: what each verb and each deadline must do.

It shares no code with the scripts. It has no clock of its own: where an order in time
matters it counts, and what is due it is told. `match` is the reference matcher: the
contact with the best rank gets, of the agents it could take, the one who has been
available longest.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

START = 1_800_000_000_000_000
"""The first moment, in microseconds: places are told from it, so that they keep their fractions."""

STAMPS = 500
"""Microseconds by which stamps of one moment are later than it, at most; less than a step of the test."""


@dataclass
class ModelAssignment:
    agent: str
    state: str = "OFFERED"
    outcome: str = ""
    revoke: str = ""
    lost: bool = False
    pulled: bool = False
    wrap_ends: int = 0
    wrap_limit: int = 0


@dataclass
class ModelContact:
    order: float
    """Time by which it has its place, and a count within it."""
    skills: dict[str, int]
    priority: int
    owner: str
    channel: str = "VOICE"
    credit: int = 0
    state: str = "QUEUED"
    reason: str = ""
    bars: dict[str, int] = field(default_factory=dict)
    """Agent → when the bar ends, by the model's clock."""
    attempts: int = 0
    target: str = ""
    dials: int = 0
    most: int = 1
    pause: int = 0
    assignments: list[ModelAssignment] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        return self.state in ("SCHEDULED", "QUEUED", "OFFERED")


@dataclass(frozen=True)
class Room:
    """What an agent can hold: in all, and by channel the cost of a contact and their greatest number."""

    total: int = 100
    voice: tuple[int, int] = (100, 50)
    chat: tuple[int, int] = (100, 50)

    def rule(self, channel: str) -> tuple[int, int]:
        return {"VOICE": self.voice, "CHAT": self.chat}.get(channel, (100, 50))


CHANNELS = ("VOICE", "CHAT", "EMAIL", "CALLBACK")


@dataclass
class ModelAgent:
    skills: dict[str, int]
    presence: str = "OFFLINE"
    idle: int = 0
    holds: list[tuple[str, int]] = field(default_factory=list)
    costs: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    """What each contact held was charged: channel and cost."""
    room: Room = field(default_factory=Room)
    misses: int = 0
    next: str = ""
    """Presence that comes when nothing is held any more."""

    @property
    def free(self) -> bool:
        return any(self.takes(channel) for channel in CHANNELS)

    def takes(self, channel: str) -> bool:
        cost, most = self.room.rule(channel)
        held = list(self.costs.values())
        fits = sum(charged for _, charged in held) + cost <= self.room.total
        return self.presence == "AVAILABLE" and not self.next and fits and sum(of == channel for of, _ in held) < most

    def can_take(self, name: str, contact: ModelContact) -> bool:
        return self.takes(contact.channel) and name not in contact.bars and self.may_serve(name, contact)

    def may_serve(self, name: str, contact: ModelContact) -> bool:
        return (
            name == contact.target
            if contact.target
            else all(self.skills.get(skill, 0) >= level for skill, level in contact.skills.items())
        )


class Refused(Exception):  # noqa: N818  # a refusal is the router's word, not an error of the model
    """The verb is refused, for this reason."""


@dataclass
class Model:
    wrap_up: bool = True
    wrap_time: int = 0
    wrap_most: int = 0
    retry_delay: int = 0
    missed_retry_delay: int = 0
    max_missed: int = 1
    max_offers: int = 0
    now: int = 0
    """Time as the test passes it: stamps are a few microseconds later."""
    head_start: int = 0
    """Microseconds that a point of priority is worth; 0: more than any wait."""
    auto_accept: bool = False
    open: bool = True
    agents: dict[str, ModelAgent] = field(default_factory=dict)
    contacts: dict[str, ModelContact] = field(default_factory=dict)
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def tick(self) -> int:
        return next(self._count)

    # Agents.

    def set_state(self, name: str, presence: str, *, after_work: bool = False) -> None:
        agent = self.agents[name]
        if not after_work or not agent.holds or agent.presence == presence:
            self.set_presence(name, presence)
        else:
            agent.next = presence

    def _after_work(self, name: str) -> None:
        agent = self.agents[name]
        if agent.next and not agent.holds:
            self.set_presence(name, agent.next)

    def renew_lease(self, name: str) -> None:
        if self.agents[name].presence == "OFFLINE":
            raise Refused("WRONG_STATE")

    def _serves(self, agent: ModelAgent) -> list[ModelAssignment]:
        held = [self.assignment(*each) for each in agent.holds]
        return [each for each in held if each.state == "ACTIVE"]

    def _lose(self, name: str) -> None:
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
                    self._end_offer(contact, number, "REVOKED", "AGENT_LEFT")

    def delete_agent(self, name: str) -> None:
        agent = self.agents[name]
        if any(self.assignment(*each).state != "OFFERED" for each in agent.holds):
            raise Refused("AGENT_HAS_WORK")
        self.set_presence(name, "OFFLINE")
        del self.agents[name]

    # Contacts.

    def enqueue(
        self,
        name: str,
        skills: dict[str, int],
        priority: int,
        owner: str,
        channel: str,
        plan: dict[str, int] | None = None,
    ) -> None:
        plan = plan or {}
        if not self.open and "time" not in plan:
            raise Refused("CENTER_CLOSED")
        contact = ModelContact(self._place(plan.get("time", self.now)), skills, priority, owner, channel)
        contact.credit = plan.get("credit", 0)
        contact.most, contact.pause = plan.get("attempts", 1), plan.get("delay", 0)
        contact.state = "SCHEDULED" if "time" in plan else "QUEUED"
        self.contacts[name] = contact

    def rank(self, contact: ModelContact) -> tuple[int, float]:
        """Under STRICT (no head start) the priority first."""
        ahead = contact.priority * self.head_start + contact.credit
        return (0 if self.head_start else -contact.priority), contact.order - ahead

    def reprioritize(self, name: str, priority: int, credit: int | None) -> None:
        contact = self.contacts[name]
        if not contact.waits:
            raise Refused("WRONG_STATE")
        contact.priority = priority
        contact.credit = contact.credit if credit is None else credit

    def _place(self, time: int) -> float:
        return time - START + self.tick() * 1e-5

    def reschedule(self, name: str, number: int) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        if assignment.outcome == "NOT_REACHED":
            return
        if assignment.state != "ACTIVE":
            self._refuse(assignment)
        self._end_service(name, number, "NOT_REACHED")
        contact.dials += 1
        if contact.dials < contact.most:
            contact.state, contact.order = "SCHEDULED", self._place(self.now + contact.pause)
        else:
            contact.state, contact.reason = "EXPIRED", "MAX_ATTEMPTS"
        self._after_work(assignment.agent)

    def match(self) -> list[tuple[str, int, str]]:
        """Every pair that matching must make now, in order."""
        if not self.open:
            return []
        pairs = []
        waiting = [(*self.rank(c), name) for name, c in self.contacts.items() if c.state == "QUEUED"]
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
        holder, held = self.agents[agent], (name, len(contact.assignments))
        holder.holds.append(held)
        holder.costs[held] = (contact.channel, holder.room.rule(contact.channel)[0])
        if holder.free:
            holder.idle = self.tick()
        if self.auto_accept:
            self.accept(name, len(contact.assignments))

    def assignment(self, name: str, number: int) -> ModelAssignment:
        return self.contacts[name].assignments[number - 1]

    def _refuse(self, assignment: ModelAssignment) -> None:
        stale = assignment.state in ("DECLINED", "MISSED", "REVOKED", "TRANSFERRED")
        gone = assignment.outcome in ("TRANSFERRED", "NOT_REACHED")
        raise Refused("STALE_ASSIGNMENT" if stale or gone else "WRONG_STATE")

    def accept(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.state == "ACTIVE":
            return
        if assignment.state != "OFFERED":
            self._refuse(assignment)
        assignment.state = self.contacts[name].state = "ACTIVE"
        self.contacts[name].target = ""
        self.agents[assignment.agent].misses = 0

    def decline(self, name: str, number: int, retry_after: int | None = None) -> None:
        assignment = self.assignment(name, number)
        if assignment.state == "DECLINED":
            return
        if assignment.state != "OFFERED":
            self._refuse(assignment)
        self.agents[assignment.agent].misses = 0
        delay = self.retry_delay if retry_after is None else retry_after
        self._end_offer(name, number, "DECLINED", "", delay)
        self._after_work(assignment.agent)

    def _miss(self, name: str, number: int) -> None:
        agent = self.assignment(name, number).agent
        self.agents[agent].misses += 1
        self._end_offer(name, number, "MISSED", "", self.missed_retry_delay)
        self._after_work(agent)
        missed = self.agents[agent]
        if self.max_missed and missed.presence == "AVAILABLE" and missed.misses >= self.max_missed:
            self.set_presence(agent, "NOT_READY", missed.next)

    def _free(self, name: str, number: int, *, idle: bool) -> None:
        agent = self.agents[self.assignment(name, number).agent]
        agent.holds.remove((name, number))
        del agent.costs[name, number]
        if idle:
            agent.idle = self.tick()

    def _end_offer(self, name: str, number: int, state: str, revoke: str, delay: int = 0) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        assignment.state, assignment.revoke = state, revoke
        self._free(name, number, idle=state != "REVOKED")
        contact.state = "QUEUED"
        if state == "REVOKED":
            return
        contact.target = ""
        if delay:
            contact.bars[assignment.agent] = self.now + delay
        contact.attempts += 1
        if self.max_offers and contact.attempts >= self.max_offers:
            self.leave(name, "EXPIRED", "MAX_OFFERS")

    def complete(self, name: str, number: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.outcome == "SERVED" and assignment.state in ("WRAP_UP", "COMPLETED"):
            return
        if assignment.state != "ACTIVE":
            self._refuse(assignment)
        self._end_service(name, number, "SERVED")
        self._after_work(assignment.agent)

    def _end_service(self, name: str, number: int, outcome: str) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        assignment.outcome = outcome
        if self.wrap_up and outcome != "LOST":
            assignment.state = "WRAP_UP"
            assignment.wrap_ends, assignment.wrap_limit = self.now + self.wrap_time, self.now + self.wrap_most
            if outcome not in ("TRANSFERRED", "NOT_REACHED"):
                contact.state = "WRAP_UP"
        else:
            assignment.state = "TRANSFERRED" if outcome == "TRANSFERRED" else "COMPLETED"
            self._free(name, number, idle=True)
            if outcome not in ("TRANSFERRED", "NOT_REACHED"):
                contact.state = "COMPLETED"

    def extend(self, name: str, number: int, remaining: int) -> None:
        assignment = self.assignment(name, number)
        if assignment.state != "WRAP_UP":
            self._refuse(assignment)
        wanted = self.now + remaining
        if wanted > assignment.wrap_ends:
            if assignment.wrap_ends >= assignment.wrap_limit:
                raise Refused("LIMIT_EXCEEDED")
            assignment.wrap_ends = min(wanted, assignment.wrap_limit)

    def finish(self, name: str, number: int) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        if assignment.state in ("COMPLETED", "TRANSFERRED"):
            return
        if assignment.state != "WRAP_UP":
            self._refuse(assignment)
        transferred = assignment.outcome == "TRANSFERRED"
        assignment.state = "TRANSFERRED" if transferred else "COMPLETED"
        self._free(name, number, idle=True)
        if not transferred and assignment.outcome != "NOT_REACHED":
            contact.state = "COMPLETED"
        self._after_work(assignment.agent)

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
        self._after_work(assignment.agent)

    def transfer(self, name: str, number: int, skills: dict[str, int] | None, agent: str) -> None:
        contact, assignment = self.contacts[name], self.assignment(name, number)
        if assignment.outcome == "TRANSFERRED" and assignment.state != "ACTIVE":
            return
        if assignment.state != "ACTIVE":
            self._refuse(assignment)
        if skills is None and self.agents[agent].presence == "OFFLINE":
            raise Refused("WRONG_STATE")
        self._end_service(name, number, "TRANSFERRED")
        contact.state = "QUEUED"
        if skills is None:
            contact.target = agent
        else:
            contact.skills = skills
        self._after_work(assignment.agent)

    def pull(self, agent: str, name: str) -> None:
        contact = self.contacts[name]
        newest = contact.assignments[-1] if contact.assignments else None
        if newest and contact.state == "ACTIVE" and newest.pulled and newest.agent == agent:
            return
        if contact.state != "QUEUED":
            raise Refused("WRONG_STATE")
        if not self.open:
            raise Refused("CENTER_CLOSED")
        if not (self.agents[agent].takes(contact.channel) and self.agents[agent].may_serve(agent, contact)):
            raise Refused("NOT_ELIGIBLE")
        self.offer(name, agent)
        contact.assignments[-1].pulled = True
        self.accept(name, len(contact.assignments))

    def leave(self, name: str, state: str, reason: str) -> None:
        contact = self.contacts[name]
        if contact.state == state:
            return
        if not contact.waits:
            raise Refused("WRONG_STATE")
        if contact.state == "OFFERED":
            assignment = contact.assignments[-1]
            assignment.state, assignment.revoke = "REVOKED", "CONTACT_LEFT"
            self._free(name, len(contact.assignments), idle=False)
        revoked = contact.assignments[-1].agent if contact.state == "OFFERED" else ""
        contact.state, contact.reason = state, reason
        if revoked:
            self._after_work(revoked)

    # Deadlines.

    def fire(self, member: str, *, late: bool) -> None:
        kind, rest = member.split(":", 1)
        if kind in ("offer", "wrap", "maxactive"):
            name, _, number = rest.rpartition(":")
            self._fire_assignment(kind, name, int(number), late=late)
        elif kind == "maxwait" and not late:
            self.leave(rest, "EXPIRED", "MAX_WAIT")
        elif kind == "bar":
            contact = self.contacts[rest]
            contact.bars = {agent: over for agent, over in contact.bars.items() if over + STAMPS > self.now}
        elif kind == "target":
            self.contacts[rest].target = ""
        elif kind == "begin":
            self.contacts[rest].state = "QUEUED"
        elif kind == "lease" and not late:
            self._lose(rest)
        elif kind == "retain":
            del self.contacts[rest]
        elif kind == "owner" and not late:
            # One record a call, the oldest first: that is how the test calls it.
            waiting = [(c.order, name) for name, c in self.contacts.items() if c.owner == rest and c.waits]
            if waiting:
                self.leave(min(waiting)[1], "ABANDONED", "OWNER_LOST")

    def _fire_assignment(self, kind: str, name: str, number: int, *, late: bool) -> None:
        if kind == "offer":
            if late:
                self._end_offer(name, number, "REVOKED", "ROUTER_DELAY")
                self._after_work(self.assignment(name, number).agent)
            else:
                self._miss(name, number)
        elif kind == "wrap":
            self.finish(name, number)
        else:
            self._end_service(name, number, "LOST")
            self._after_work(self.assignment(name, number).agent)
