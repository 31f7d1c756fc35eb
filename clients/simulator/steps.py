"""A history as a row of steps, and the first at which two histories of one day part.

Up to there they agree, so who waited and who was free at that moment is the same on both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, NamedTuple

from simulator.day import AgentPlan
from simulator.history import Duty, History, Stay

TOLERANCE = 0.005
"""Seconds by which the same step may differ in time."""

What = Literal[
    "comes",
    "is offered",
    "is accepted",
    "is released",
    "completes",
    "declines",
    "misses",
    "loses the offer",
    "ends abandoned",
    "ends canceled",
    "ends expired",
    "becomes available",
    "leaves",
]
"""What happens to a contact, to an agent, or to a contact with an agent."""
OUTCOMES: dict[str, What] = {
    "completed": "completes",
    "declined": "declines",
    "missed": "misses",
    "revoked": "loses the offer",
}
ENDS: dict[str, What] = {"abandoned": "ends abandoned", "canceled": "ends canceled", "expired": "ends expired"}


class Step(NamedTuple):
    """Something that happened."""

    time: float
    contact: str
    number: int
    """Of the contact's offer; 0 where there is none."""
    agent: str
    what: What

    def __str__(self) -> str:
        offer = f"offer {self.number} of {self.contact}" if self.number else self.contact
        who = f"{offer}, {self.agent}" if self.agent and self.contact else offer or self.agent
        return f"{clock(self.time)} {who}: {self.what}"


def clock(second: float) -> str:
    """A second of the day as hours, minutes, seconds and microseconds."""
    whole, micro = divmod(round(second * 1e6), 1_000_000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{micro:06d}"


def steps_of(history: History) -> list[Step]:
    """Every step of the day in the order in which they happened."""
    contacts = (step for contact, stay in history.stays.items() for step in _of_contact(contact, stay))
    agents = (step for agent, duty in history.duties.items() for step in _of_agent(agent, duty, history.end))
    return sorted([*contacts, *agents])


def _of_contact(contact: str, stay: Stay) -> Iterator[Step]:
    yield Step(stay.enqueued, contact, 0, "", "comes")
    for offer in stay.offers:
        yield Step(offer.time, contact, offer.number, offer.agent, "is offered")
        if offer.ended is not None and offer.outcome:
            yield Step(offer.ended, contact, offer.number, offer.agent, OUTCOMES[offer.outcome])
    last = stay.offers[-1] if stay.offers else None
    if stay.accepted is not None and last is not None:
        yield Step(stay.accepted, contact, last.number, last.agent, "is accepted")
    if stay.released is not None and last is not None:
        yield Step(stay.released, contact, last.number, last.agent, "is released")
    if stay.ended is not None and stay.end in ENDS:
        yield Step(stay.ended, contact, 0, "", ENDS[stay.end])


def _of_agent(agent: str, duty: Duty, end: float) -> Iterator[Step]:
    for start, left in duty.available:
        yield Step(start, "", 0, agent, "becomes available")
        if left < end:
            yield Step(left, "", 0, agent, "leaves")


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two histories of a day part."""

    agreed: int
    """Steps before it that both made."""
    router: Step | None
    """What the router did then; None: nothing more."""
    reference: Step | None
    waiting: list[str]
    """Contacts that waited then, the first in rank first, each with its circumstances."""
    free: list[str]
    """Agents who could have been offered something, the longest available first."""

    @property
    def moment(self) -> float:
        """Second of the day at which it began."""
        return min(step.time for step in (self.router, self.reference) if step is not None)

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"at {clock(self.moment)}, after {self.agreed:,} steps in which they agree:",
            f"  the router:    {self.router or 'nothing more'}",
            f"  the reference: {self.reference or 'nothing more'}",
            f"  waiting then:  {'; '.join(self.waiting) or 'nobody'}",
            f"  free then:     {'; '.join(self.free) or 'nobody'}",
        ]


def first_difference(router: History, reference: History) -> Difference | None:
    """None when both made the same steps at the same times, up to `TOLERANCE`."""
    ours, theirs = steps_of(router), steps_of(reference)
    for agreed, (mine, other) in enumerate(zip_longest(ours, theirs)):
        if mine is None or other is None or mine[1:] != other[1:] or abs(mine.time - other.time) > TOLERANCE:
            moment = min(step.time for step in (mine, other) if step is not None)
            scene = Scene(reference)
            for step in theirs[:agreed]:
                scene.take(step)
            return Difference(agreed, mine, other, scene.waiting(moment), scene.free(moment))
    return None


class Scene:
    """Who waits and who is free, as the steps taken so far leave it."""

    def __init__(self, history: History) -> None:
        self._stays = history.stays
        self._plans = {name: duty.plan for name, duty in history.duties.items()}
        self._delay = history.day.policy.retry_delay
        self._waiting: dict[str, float] = {}
        self._refused: dict[str, dict[str, float]] = {}
        """Contact to those who declined or missed it, and when."""
        self._idle: dict[str, float] = {}
        self._available: set[str] = set()
        self._holding: set[str] = set()

    def take(self, step: Step) -> None:
        if step.what == "comes":
            self._waiting[step.contact] = step.time
        elif step.what == "is offered":
            self._waiting.pop(step.contact, None)
            self._holding.add(step.agent)
        elif step.number and step.what in OUTCOMES.values():
            self._end_offer(step)
        elif step.what in ENDS.values():
            self._waiting.pop(step.contact, None)
        elif step.what == "becomes available":
            self._available.add(step.agent)
            self._idle[step.agent] = step.time
        elif step.what == "leaves":
            self._available.discard(step.agent)

    def _end_offer(self, step: Step) -> None:
        self._holding.discard(step.agent)
        if step.what != "loses the offer":
            self._idle[step.agent] = step.time
        if step.what != "completes":
            self._waiting[step.contact] = self._stays[step.contact].enqueued
        if step.what in ("declines", "misses"):
            self._refused.setdefault(step.contact, {})[step.agent] = step.time

    def waiting(self, moment: float) -> list[str]:
        ranked = sorted((-self._stays[name].caller.priority, came, name) for name, came in self._waiting.items())
        return [self._describe_contact(name, moment - came, moment) for _, came, name in ranked]

    def _describe_contact(self, name: str, waited: float, moment: float) -> str:
        caller = self._stays[name].caller
        parts = [f"priority {caller.priority}"] if caller.priority else []
        parts += [f"for {waited:.6f} s", f"needs {_skills(caller.skills)}"]
        barred = [
            f"not {agent} for {when + self._delay - moment:.6f} s"
            for agent, when in self._refused.get(name, {}).items()
            if when + self._delay > moment
        ]
        return f"{name} ({', '.join(parts + barred)})"

    def free(self, moment: float) -> list[str]:
        ranked = sorted((self._idle[name], name) for name in self._available - self._holding)
        return [_describe_agent(self._plans[name], moment - idle) for idle, name in ranked]


def _describe_agent(plan: AgentPlan, idle: float) -> str:
    return f"{plan.id} (for {idle:.6f} s, has {_skills(plan.skills)})"


def _skills(skills: dict[str, int]) -> str:
    return " ".join(f"{skill} {level}" for skill, level in skills.items()) or "no skills"
