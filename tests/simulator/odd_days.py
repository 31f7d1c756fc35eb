"""Small days made of coincidences: whole seconds everywhere, so that much happens in the same moment."""

import math
import random

from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import Distribution, fixed, uniform

SKILLS = ("a", "b", "c")


def odd_day(seed: int) -> Day:
    """A day of two minutes with up to 40 contacts and 5 agents, and every habit and policy there may be."""
    return _Odd(seed).day()


class _Odd:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rng = random.Random(f"odd day {seed}")
        self._skills = SKILLS[: self._rng.randint(1, 3)]

    def day(self) -> Day:
        rng = self._rng
        callers = [self._caller(f"c{number}", rng.randint(0, 100)) for number in range(rng.randint(10, 40))]
        policy = Policy(
            offer_timeout=float(rng.choice((1, 2, 4, 10))),
            wrap_up_time=float(rng.choice((0, 1, 3, 10))),
            retry_delay=float(rng.choice((0, 1, 2, 5))),
            auto_accept=rng.random() < 0.1,
        )
        agents = [self._agent(f"g{number}") for number in range(rng.randint(1, 5))]
        return Day("coincidences", sorted(callers, key=lambda caller: caller.arrival), agents, policy, self._seed)

    def _caller(self, name: str, arrival: float, calls: int = 1) -> Caller:
        rng = self._rng
        patience = float(rng.randint(0, 30)) if rng.random() < 0.7 else math.inf
        again = None
        if calls < 3 and patience < math.inf and rng.random() < 0.5:
            again = self._caller(f"{name}-again", rng.randint(0, 10), calls + 1)
        count = rng.choice((0, 1, 1, 1, 2))
        needs = rng.sample(self._skills, min(count, len(self._skills)))
        return Caller(
            name, float(arrival), {skill: rng.randint(1, 2) for skill in needs}, patience, float(rng.randint(0, 20)),
            priority=rng.choice((0, 0, 0, 1, 5)), again=again,
        )  # fmt: skip

    def _agent(self, name: str) -> AgentPlan:
        rng = self._rng
        # Some always accept in the end, and nobody answers in no time: else a contact goes round for ever.
        habits = Habits(rng.choice((0, 0.2, 0.4)), rng.choice((0, 0.2, 0.3)), self._times(1, 4), self._times(0, 5))
        start = rng.randint(0, 10)
        breaks, end = list[tuple[float, float]](), float(start)
        for _ in range(rng.randint(0, 3)):
            begin = end + rng.randint(1, 20)
            end = begin + rng.randint(1, 10)
            breaks.append((begin, end))
        has = rng.sample(self._skills, rng.randint(1, len(self._skills)))
        skills = {skill: rng.randint(1, 3) for skill in has}
        return AgentPlan(name, skills, float(start), end + rng.randint(10, 60), habits, tuple(breaks))

    def _times(self, least: int, most: int) -> Distribution:
        return fixed(self._rng.randint(least, most)) if self._rng.random() < 0.7 else uniform(least, most)
