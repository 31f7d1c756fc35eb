"""What happens in a day: callers with their patience, agents with their shifts.

Every time is in seconds of the day that is played, counted from midnight; the
`Clock` turns it into the wall time of a run that is `speed` times as fast.
"""

import asyncio
from dataclasses import dataclass, field

from acd.v1.contact_pb2 import CHANNEL_VOICE, Channel

SHORTEST_POLICY = 0.010
"""Seconds: the shortest duration that a center's policy accepts."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One contact before it happens: when it comes, what it needs, how long it waits and talks."""

    id: str
    arrival: float
    skills: dict[str, int]
    """Skill to least level."""
    patience: float
    service: float
    channel: "Channel.ValueType" = CHANNEL_VOICE
    priority: int = 0


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """One agent: skills with levels, and the time from sign-in to sign-out, with breaks inside."""

    id: str
    skills: dict[str, int]
    start: float
    end: float
    breaks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Habits:
    """How agents behave: shares of the offers, and times in seconds of the day."""

    decline: float
    miss: float
    answer: tuple[float, float]
    """Shortest and longest time to an answer; drawn evenly."""
    wrap_up: tuple[float, float]
    """Shortest and longest time of notes; longer than the policy's wrap-up time, that ends it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Durations of the center's policy in seconds of the day."""

    offer_timeout: float
    wrap_up_time: float
    retry_delay: float
    service_level_threshold: float = 20.0

    def scaled(self, speed: float) -> dict[str, float]:
        """The durations as the center gets them, in wall seconds."""
        names = ("offer_timeout", "wrap_up_time", "retry_delay", "service_level_threshold")
        return {name: max(SHORTEST_POLICY, getattr(self, name) / speed) for name in names}


@dataclass(frozen=True, slots=True)
class Day:
    """A day to play, and the figures on record for it, if any."""

    title: str
    callers: list[Caller]
    agents: list[AgentPlan]
    habits: Habits
    policy: Policy
    seed: int
    recorded: dict[str, float] = field(default_factory=dict)

    @property
    def start(self) -> float:
        return min([plan.start for plan in self.agents] + [self.callers[0].arrival])

    @property
    def end(self) -> float:
        """The latest planned moment; callers who still wait then may stay longer."""
        return max([plan.end for plan in self.agents] + [self.callers[-1].arrival])

    @property
    def skills(self) -> list[str]:
        """Every skill that somebody holds or requires, in order."""
        held = {skill for plan in self.agents for skill in plan.skills}
        return sorted(held | {skill for caller in self.callers for skill in caller.skills})


class Clock:
    """Turns seconds of the day into seconds of the event loop."""

    def __init__(self, day_start: float, speed: float) -> None:
        self.speed = speed
        self._day_start = day_start
        self._wall_start = asyncio.get_running_loop().time()

    def now(self) -> float:
        """Seconds of the day."""
        return self._day_start + (asyncio.get_running_loop().time() - self._wall_start) * self.speed

    def at(self, second: float) -> float:
        """Loop time of a second of the day."""
        return self._wall_start + (second - self._day_start) / self.speed

    async def until(self, second: float) -> None:
        delay = self.at(second) - asyncio.get_running_loop().time()
        if delay > 0:
            await asyncio.sleep(delay)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
