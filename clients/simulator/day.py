"""What happens in a day: callers with their patience, agents with their shifts.

Every time is in seconds of the day that is played, counted from midnight. All that
is left to chance is drawn before the day begins, or by agent and number of the offer
(`OfferDraws`): so two players of the same day see the same callers and the same agents.
"""

import random
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from acd.v1.contact_pb2 import CHANNEL_VOICE, Channel
from simulator.distributions import Distribution

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
    """Seconds of waiting after which the caller hangs up, unless an agent has answered."""
    service: float
    channel: "Channel.ValueType" = CHANNEL_VOICE
    priority: int = 0
    type: str = ""
    """Contact type, by which the report groups."""
    again: "Caller | None" = None
    """The contact that the customer makes after hanging up: its `arrival` counts from that moment."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How agents behave: shares of the offers, and times in seconds of the day."""

    decline: float
    miss: float
    answer: Distribution
    """Time from the offer to an answer; one longer than the policy's offer timeout is a miss, too."""
    wrap_up: Distribution
    """Time of notes; longer than the policy's wrap-up time, that ends it."""


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """One agent: skills with levels, and the time from sign-in to sign-out, with breaks inside."""

    id: str
    skills: dict[str, int]
    start: float
    end: float
    habits: Habits
    breaks: tuple[tuple[float, float], ...] = ()
    group: str = ""
    """Group of agents, by which the report groups."""


Strategy = Literal["longest-available", "least-loaded", "best-fit", "least-skilled", "round-robin"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Durations of the center's policy in seconds of the day."""

    offer_timeout: float
    wrap_up_time: float
    """0: no wrap-up; a contact is completed when its service ends."""
    retry_delay: float
    service_level_threshold: float = 20.0
    auto_accept: bool = False
    """Every offer is accepted at once on the agent's behalf: nobody declines, misses or takes time to answer."""
    strategy: Strategy = "longest-available"

    def scaled(self, speed: float) -> dict[str, float]:
        """The durations as the center gets them, in seconds of its clock."""
        names = ("offer_timeout", "wrap_up_time", "retry_delay", "service_level_threshold")
        values = {name: getattr(self, name) for name in names}
        return {name: max(SHORTEST_POLICY, value / speed) if value else 0.0 for name, value in values.items()}


class OfferDraw(NamedTuple):
    """What an agent makes of one offer, and how long it takes; seconds of the day."""

    mood: Literal["accept", "decline", "miss"]
    answer: float
    wrap_up: float


class OfferDraws:
    """What each agent makes of each of his offers, by seed, agent and number of the offer to him."""

    def __init__(self, seed: int, agents: "list[AgentPlan]") -> None:
        self._habits = {plan.id: plan.habits for plan in agents}
        self._draws = {plan.id: random.Random(f"{seed} {plan.id}") for plan in agents}

    def next(self, agent: str) -> OfferDraw:
        """The draw for the agent's next offer."""
        habits, draw = self._habits[agent], self._draws[agent]
        chance, answer, wrap_up = draw.random(), habits.answer.draw(draw), habits.wrap_up.draw(draw)
        if chance < habits.miss:
            return OfferDraw("miss", answer, wrap_up)
        return OfferDraw("decline" if chance < habits.miss + habits.decline else "accept", answer, wrap_up)


@dataclass(frozen=True, slots=True)
class Day:
    """A day to play, and the figures on record for it, if any."""

    title: str
    callers: list[Caller]
    """By arrival."""
    agents: list[AgentPlan]
    policy: Policy
    seed: int
    short_abandon: float = 5.0
    """Seconds: whoever hangs up sooner does not count in a service level."""
    recorded: dict[str, float] = field(default_factory=dict)

    @property
    def start(self) -> float:
        return min([plan.start for plan in self.agents] + [caller.arrival for caller in self.callers[:1]])

    @property
    def end(self) -> float:
        """The latest planned moment; callers who still wait then may stay longer."""
        return max([plan.end for plan in self.agents] + [caller.arrival for caller in self.callers[-1:]])

    @property
    def skills(self) -> list[str]:
        """Every skill that somebody holds or requires, in order."""
        held = {skill for plan in self.agents for skill in plan.skills}
        return sorted(held | {skill for caller in self.callers for skill in caller.skills})
