"""What the judge of a feed found, by kinds of faults."""

from collections import Counter
from dataclasses import dataclass, field

KEPT_EXAMPLES = 20

ORDER_KINDS = (
    "longest_available",
    "strategy",
    "fifo",
    "barred",
    "unskilled",
    "unavailable",
    "closed",
    "idle_time",
    "not_preferred",
)
DOUBLE_KINDS = ("contact_twice", "agent_twice")
FEED_KINDS = ("gap", "duplicate", "time_back")
STATE_KINDS = ("unknown", "transition", "document")


@dataclass(frozen=True, slots=True)
class Pairing:
    """What an offer event shows about the router's speed."""

    contact: str
    reaction: int
    """Microseconds from the moment the pair was possible to the offer."""
    at_once: bool
    """True when the agent was free already when the contact came for the first time."""


@dataclass(slots=True)
class Verdict:
    """What the oracle has found so far."""

    events: int = 0
    offers: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    ambiguous: int = 0
    examples: list[str] = field(default_factory=list)

    def count(self, *kinds: str) -> int:
        return sum(self.violations[kind] for kind in kinds)

    @property
    def order_violations(self) -> int:
        return self.count(*ORDER_KINDS)

    @property
    def doubles(self) -> int:
        return self.count(*DOUBLE_KINDS)

    @property
    def feed_faults(self) -> int:
        return self.count(*FEED_KINDS)

    @property
    def state_faults(self) -> int:
        return self.count(*STATE_KINDS)
