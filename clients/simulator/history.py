"""What came of a day, whoever played it: the router (`books.py`) or the reference (`reference.py`).

All times are in seconds of the day. Every figure is worked out from this alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from simulator.day import AgentPlan, Caller, Day

End = Literal["", "completed", "abandoned", "canceled", "expired"]


@dataclass(slots=True)
class Offer:
    """One assignment of a contact, from its offer to its end."""

    number: int
    """1 for the contact's first."""
    agent: str
    time: float
    ended: float | None = None
    outcome: Literal["", "completed", "declined", "missed", "revoked"] = ""


@dataclass(slots=True)
class Stay:
    """A contact from its enqueueing to its end."""

    caller: Caller
    enqueued: float
    accepted: float | None = None
    released: float | None = None
    """When the service ended and wrap-up, if any, began."""
    ended: float | None = None
    """When the contact was at its end; for a completed one that is after wrap-up."""
    end: End = ""
    offers: list[Offer] = field(default_factory=list)

    @property
    def wait(self) -> float | None:
        """Seconds from the enqueueing to the answer, else to the end; None while it waits."""
        left = self.ended if self.accepted is None else self.accepted
        return None if left is None else left - self.enqueued


@dataclass(slots=True)
class Duty:
    """An agent's day: pairs of beginning and end."""

    plan: AgentPlan
    available: list[tuple[float, float]] = field(default_factory=list)
    """Times in which the agent's presence was AVAILABLE."""
    busy: list[tuple[float, float]] = field(default_factory=list)
    """Times with a contact in service or in wrap-up: from the accept to the end of the assignment."""


class Assignment(NamedTuple):
    """Who was offered what, and when: what two players of one day must agree on."""

    time: float
    contact: str
    number: int
    agent: str


@dataclass(slots=True)
class History:
    """A day after it was played."""

    day: Day
    stays: dict[str, Stay] = field(default_factory=dict)
    """By the caller's id, in order of enqueueing."""
    duties: dict[str, Duty] = field(default_factory=dict)
    """By the agent's id, one for each agent of the day."""
    end: float = 0.0
    """The last moment that anything happened."""

    def assignments(self) -> list[Assignment]:
        """Every offer, in the order in which they were made."""
        return sorted(self._offers())

    def _offers(self) -> Iterator[Assignment]:
        for contact, stay in self.stays.items():
            for offer in stay.offers:
                yield Assignment(offer.time, contact, offer.number, offer.agent)
