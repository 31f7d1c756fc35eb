"""Draws a day from a profile.

Common random numbers: every stream of chance has its own generator, named by the seed, what it
is for, and the contact type or the agent it belongs to. So a change of one thing, such as the size
of a group, changes nothing else: the callers and all other agents of a seed stay as they are.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from acd.v1.contact_pb2 import Channel
from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.profile_parts import HALF_HOUR, AgentGroup, Arrivals, ContactType, PolicyPart, Shift

if TYPE_CHECKING:
    from simulator.profile import Profile


def draw_day(profile: "Profile", seed: int) -> Day:
    """The day of this seed."""
    callers = [
        caller
        for name, contact_type in profile.contact_types.items()
        for caller in _TypeDraws(seed, name, contact_type).callers(profile.opens)
    ]
    callers.sort(key=lambda caller: (caller.arrival, caller.id))
    agents = [plan for name, group in profile.agent_groups.items() for plan in draw_group(seed, name, group)]
    return Day(profile.title, callers, agents, _policy(profile.policy), seed, profile.policy.short_abandon)


class _TypeDraws:
    """The callers of one contact type."""

    def __init__(self, seed: int, name: str, contact_type: ContactType) -> None:
        self._name = name
        self._type = contact_type
        self._channel = Channel.Value(f"CHANNEL_{contact_type.channel.upper()}")
        self._talk = contact_type.talk.distribution()
        self._patience = contact_type.patience.distribution() if contact_type.patience else None
        streams = ("arrivals", "priority", "talk", "patience", "again")
        self._rng = {stream: random.Random(f"{seed} {stream} of {name}") for stream in streams}

    def callers(self, opens: float) -> Iterator[Caller]:
        priorities, shares = zip(*self._type.priority.items(), strict=True)
        for number, arrival in enumerate(arrival_times(self._type.arrivals, opens, self._rng["arrivals"]), start=1):
            caller = Caller(
                id=f"{self._name}-{number:05d}",
                arrival=arrival,
                skills=dict(self._type.skills),
                patience=self._draw_patience("patience"),
                service=self._talk.draw(self._rng["talk"]),
                channel=self._channel,
                priority=self._rng["priority"].choices(priorities, shares)[0],
                type=self._name,
            )
            yield replace(caller, again=self._again(caller))

    def _again(self, caller: Caller) -> Caller | None:
        """What the customer does after hanging up: the same matter, with new patience."""
        plan, rng = self._type.retrials, self._rng["again"]
        if plan is None:
            return None
        again, delay = None, plan.delay.distribution()
        attempts = next(attempt for attempt in count() if attempt == plan.at_most or rng.random() >= plan.chance)
        for attempt in range(attempts, 0, -1):
            identity, patience = f"{caller.id}-again-{attempt}", self._draw_patience("again")
            again = replace(caller, id=identity, arrival=delay.draw(rng), patience=patience, again=again)
        return again

    def _draw_patience(self, stream: str) -> float:
        return math.inf if self._patience is None else self._patience.draw(self._rng[stream])


def arrival_times(arrivals: Arrivals, opens: float, rng: random.Random) -> Iterator[float]:
    """A Poisson stream, by exponential steps in expected contacts, which are then put on the clock."""
    cv = arrivals.day_factor_cv
    factor = rng.gammavariate(1 / cv**2, cv**2) if cv else 1.0
    passed, step = 0.0, rng.expovariate(1.0)
    for number, expected in enumerate(factor * usual for usual in arrivals.expected):
        while step < passed + expected:
            yield opens + HALF_HOUR * (number + (step - passed) / expected)
            step += rng.expovariate(1.0)
        passed += expected


def draw_group(seed: int, name: str, group: AgentGroup) -> Iterator[AgentPlan]:
    """The agents of one group. The first n of them are the same whatever its size."""
    habits = Habits(group.decline, group.miss, group.answer.distribution(), group.wrap_up.distribution())
    for number, (shift, place) in enumerate(_places(group), start=1):
        identity = f"{name}-{number:03d}"
        rng = random.Random(f"{seed} hours and skills of {identity}")
        late = 60.0 * round(shift.stagger / 60 * halves(place))
        start, end = shift.start + late, shift.end + late
        skills = {skill: rng.randint(*levels) for skill, levels in group.skills.items()}
        begins = [(start + rng.uniform(pause.earliest, pause.latest), pause.length) for pause in shift.breaks]
        breaks = tuple((begin, begin + length) for begin, length in begins)
        yield AgentPlan(identity, skills, start, end, habits, breaks, name)


def _places(group: AgentGroup) -> Iterator[tuple[Shift, int]]:
    """The shift of each agent, and his number in it from 0 on.

    Each agent goes where the shift has fewest agents for its weight, by the divisors 1, 3, 5, ... of
    Sainte-Laguë: so the shares are as near to the weights as whole numbers can be at every size, exact
    at the sum of the weights, and one agent more moves nobody.
    """
    filled = [0] * len(group.shifts)
    for _ in range(group.agents):
        index = max(range(len(filled)), key=lambda i: (group.shifts[i].agents / (2 * filled[i] + 1), -i))
        yield group.shifts[index], filled[index]
        filled[index] += 1


def halves(number: int) -> float:
    """Van der Corput's sequence 0, 1/2, 1/4, 3/4, 1/8, ...: evenly spread in [0, 1) however many are taken."""
    value, share = 0.0, 0.5
    while number:
        value += share * (number & 1)
        number >>= 1
        share /= 2
    return value


def _policy(part: PolicyPart) -> Policy:
    return Policy(
        offer_timeout=part.offer_timeout,
        wrap_up_time=part.wrap_up_time,
        retry_delay=part.retry_delay,
        service_level_threshold=part.service_level_threshold,
        auto_accept=part.auto_accept,
        strategy=part.strategy,
    )
