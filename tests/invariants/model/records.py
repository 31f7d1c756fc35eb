"""What the model knows of agents, contacts and assignments."""

from dataclasses import dataclass, field

START = 1_800_000_000_000_000
"""The first moment, in microseconds: places are told from it, so that they keep their fractions."""

STAMPS = 500
"""Microseconds by which stamps of one moment are later than it, at most; less than a step of the test."""

CHANNELS = ("VOICE", "CHAT", "EMAIL", "CALLBACK")


class Refused(Exception):  # noqa: N818  # a refusal is the router's word, not an error of the model
    """The verb is refused, for this reason."""


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
        """Whether one more contact of this channel fits, by presence and capacity."""
        cost, most = self.room.rule(channel)
        held = list(self.costs.values())
        fits = sum(charged for _, charged in held) + cost <= self.room.total
        return self.presence == "AVAILABLE" and not self.next and fits and sum(of == channel for of, _ in held) < most
