"""Looks for the smallest staffing that meets a goal: up until it does, then down, exchanging agents on the way.

Every staffing is judged on the same days (common random numbers), so that two of them differ by the staffing
alone. The search ends with a staffing from which no group can lose an agent, no exchange of one agent for another
gains anything, and no two agents can be replaced by one. Where agents of a group help ever less the more there are,
and groups do not depend on each other, that is the smallest of all; elsewhere a smaller one further away may exist.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations_with_replacement

from simulator.plan.days import Days
from simulator.plan.goal import Estimate, Goal, Staffing

ELASTICITY = 4
"""Per cent of service level that one per cent more agents bring, roughly: the size of a step while the goal is far."""


GAIN = 0.0005
"""Share of the contacts that an exchange must gain: less is chance."""


class Search:
    """One search over the staffings of a centre."""

    def __init__(self, days: Days, goal: Goal, most: Staffing, say: Callable[[str], None]) -> None:
        """`most`: agents of each group beyond which none are tried. `say` is told what is being done."""
        self._days = days
        self._goal = goal
        self._most = most
        self._say = say
        self.tried: set[Staffing] = set()

    async def estimate(self, staffings: Sequence[Staffing], seeds: Sequence[int]) -> list[Estimate]:
        """Each staffing by its days."""
        self.tried.update(staffings)
        found = await self._days.get(staffings, seeds)
        return [Estimate(staffing, self._goal, found[staffing]) for staffing in staffings]

    async def smallest(self, start: Staffing, seeds: Sequence[int]) -> Estimate:
        """From `start`, judged by the days of these seeds. One that does not meet the goal: none within `most` does."""
        (current,) = await self.estimate([start], seeds)
        current = await self._climb(current, seeds)
        while current.met:
            current = await self._descend(current, seeds)
            better = await self._exchange(current, seeds) or await self._replace_two(current, seeds)
            if better is None:
                break
            current = better
        return current

    async def fewer(self, staffing: Staffing, seeds: Sequence[int]) -> list[Estimate]:
        """The staffings with one agent less in one group."""
        return await self.estimate(list(_changed(staffing, -1)), seeds)

    async def _climb(self, current: Estimate, seeds: Sequence[int]) -> Estimate:
        """Adds agents where they help most until the goal is met, many at once while it is far."""
        while not current.met:
            self._tell("adding agents", current)
            total = sum(current.staffing)
            step = max(1, round(current.shortfall / len(current.aims) * total / ELASTICITY))
            options = {self._within(option) for option in _changed(current.staffing, step)} - {current.staffing}
            if not options:
                return current
            found = await self.estimate(sorted(options), seeds)
            current = min(found, key=lambda option: (option.shortfall, -option.level, option.staffing))
        return current

    async def _descend(self, current: Estimate, seeds: Sequence[int]) -> Estimate:
        """Takes agents away, one at a time, where they are missed least, while the goal is met."""
        while True:
            self._tell("taking agents away", current)
            found = [option for option in await self.fewer(current.staffing, seeds) if option.met]
            if not found:
                return current
            current = max(found, key=_best)

    async def _exchange(self, current: Estimate, seeds: Sequence[int]) -> Estimate | None:
        """One agent leaves, one of another group comes: the best such staffing, if it is better."""
        self._tell("exchanging agents", current)
        found = await self._options(_exchanges(current.staffing, 1), current, seeds)
        best = max(found, key=_best, default=current)
        return best if best.slack > current.slack + GAIN else None

    async def _replace_two(self, current: Estimate, seeds: Sequence[int]) -> Estimate | None:
        """Two agents leave, one of another group comes."""
        self._tell("replacing two agents by one", current)
        found = await self._options(_exchanges(current.staffing, 2), current, seeds)
        return max((option for option in found if option.met), key=_best, default=None)

    async def _options(self, staffings: Iterable[Staffing], current: Estimate, seeds: Sequence[int]) -> list[Estimate]:
        """Those among the staffings that are within bounds and not larger than the current one."""
        within = {self._within(staffing) for staffing in staffings} - {current.staffing}
        smaller = sorted(staffing for staffing in within if sum(staffing) <= sum(current.staffing))
        return await self.estimate(smaller, seeds)

    def _within(self, staffing: Staffing) -> Staffing:
        return tuple(map(min, staffing, self._most))

    def _tell(self, what: str, current: Estimate) -> None:
        agents = " + ".join(map(str, current.staffing))
        self._say(f"{what}: {agents} agents, {current.level:.1%}")


def _best(estimate: Estimate) -> tuple[float, float, Staffing]:
    return estimate.slack, estimate.level, estimate.staffing


def _changed(staffing: Staffing, by: int) -> Iterator[Staffing]:
    """With `by` agents more in one group; not fewer than none."""
    for index, agents in enumerate(staffing):
        if agents + by >= 0:
            yield (*staffing[:index], agents + by, *staffing[index + 1 :])


def _exchanges(staffing: Staffing, leave: int) -> Iterator[Staffing]:
    """With `leave` agents less, of one group or of several, and one more of another."""
    places = range(len(staffing))
    for leaving in combinations_with_replacement(places, leave):
        for coming in places:
            if coming not in leaving:
                agents = tuple(
                    agents - leaving.count(place) + (place == coming) for place, agents in enumerate(staffing)
                )
                if min(agents) >= 0:
                    yield agents
