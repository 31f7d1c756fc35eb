"""What the model knows of agents, contacts and assignments."""

from collections.abc import Mapping
from dataclasses import dataclass, field

START = 1_800_000_000_000_000
"""The first moment, in microseconds: places are told from it, so that they keep their fractions."""

CHANNELS = ("VOICE", "CHAT", "EMAIL", "CALLBACK")


Order = tuple[int, int]
"""A time in microseconds, and a tick that tells apart what has the same."""


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
class ModelRule:
    """An overflow rule, with the time when it is due by the model's clock."""

    id: str
    after: int
    action: str
    priority: int
    skills: dict[str, int]
    due: int = 0


@dataclass
class Step:
    """A relaxation step: how long the one before it holds, in microseconds, and what it requires."""

    after: int
    skills: dict[str, int]


@dataclass
class ModelContact:
    place: Order
    """What its rank is computed from: the time by which it has its place."""
    skills: dict[str, int]
    priority: int
    owner: str
    channel: str = "VOICE"
    credit: int = 0
    rank: Order = (0, 0)
    """By the rule of the policy that was in force when it was given."""
    entered: int = 0
    """Tick at which it came, or its time began."""
    queued: int = 0
    """Tick at which it entered the queue last."""
    state: str = "QUEUED"
    reason: str = ""
    bars: dict[str, int] = field(default_factory=dict)
    """Agent → when the bar ends, by the model's clock."""
    attempts: int = 0
    target: str = ""
    dials: int = 0
    most: int = 1
    pause: int = 0
    window: bool = False
    """Asked for an agent within a window of its time."""
    in_window: bool = False
    """The window, not the policy, says how long it waits."""
    parent: str = ""
    back: int = 0
    """Time at which it entered the queue last."""
    overflow: list[ModelRule] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    """Ids of the rules that have fired."""
    asked: dict[str, int] | None = None
    """The skills that were asked for, if others are required by now."""
    steps: list[Step] = field(default_factory=list)
    step: int = 0
    """Which one holds; 0: none of them."""
    step_due: int | None = None
    """When the next one begins, while its clock runs."""
    step_left: int | None = None
    """What is left of it, while it stands still."""
    assignments: list[ModelAssignment] = field(default_factory=list)
    preferred: tuple[str, ...] = ()
    hold: int = 0
    """Microseconds for which it holds out for them."""
    awaited: set[str] = field(default_factory=set)
    """Those for whom it holds out now."""
    preferred_until: int = 0
    preference: str = ""
    """Why it holds out no longer."""

    @property
    def named(self) -> set[str]:
        """Skills that it requires or was asked to."""
        return self.skills.keys() | (self.asked or {}).keys()

    def forget(self, skill: str) -> None:
        """A skill that is gone is named no more."""
        for skills in (self.skills, self.asked or {}, *(step.skills for step in self.steps)):
            skills.pop(skill, None)

    @property
    def waits(self) -> bool:
        return self.state in ("SCHEDULED", "QUEUED", "OFFERED")


@dataclass(frozen=True)
class Room:
    """What an agent can hold: in all, and by channel the cost of a contact and their greatest number."""

    total: int = 100
    channels: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def rule(self, channel: str) -> tuple[int, int]:
        return self.channels.get(channel, (100, 50))


@dataclass
class ModelAgent:
    skills: dict[str, int]
    presence: str = "OFFLINE"
    reason: str = ""
    since: int = 0
    """Tick of the last command about his presence."""
    idle: int = 0
    holds: list[tuple[str, int]] = field(default_factory=list)
    costs: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    """What each contact held was charged: channel and cost."""
    room: Room = field(default_factory=Room)
    capacity: int = 0
    """His own; 0: the policy's."""
    own_costs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """His own, channel → `cost` and `most`; the policy's where there is none."""
    last_offer: int = 0
    misses: int = 0
    next: str = ""
    """Presence that comes when nothing is held any more."""
    next_reason: str = ""

    @property
    def free(self) -> bool:
        return any(self.takes(channel) for channel in CHANNELS)

    def takes(self, channel: str) -> bool:
        """Whether one more contact of this channel fits, by presence and capacity."""
        cost, most = self.room.rule(channel)
        held = list(self.costs.values())
        fits = sum(charged for _, charged in held) + cost <= self.room.total
        return self.presence == "AVAILABLE" and not self.next and fits and sum(of == channel for of, _ in held) < most
