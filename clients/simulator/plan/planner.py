"""A plan from beginning to end: where to start, the search, and what fresh days say of what it found.

The search chooses by the days that it saw, and what is chosen looks a little better on these than it is. So the
figures of the plan come from days that the search never saw. If the goal is missed there, these days join those of the
search, it goes on, and other fresh days have the word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from simulator.plan.days import Days
from simulator.plan.goal import Estimate, Goal, Staffing
from simulator.plan.search import Search
from simulator.plan.start import Start, erlang_start, most_agents
from simulator.profile import Profile

REFINED = 3
"""Times as many days for the second search and for the figures as for the first, rough search."""
ROUNDS = 3
"""Times that fresh days may contradict the search."""
CURVE = 4
"""Agents more and fewer up to which the curve goes."""


@dataclass(frozen=True)
class Plan:
    """What came out."""

    groups: list[str]
    start: Start
    chosen: Estimate
    """The smallest staffing found, or the largest tried if none meets the goal; by fresh days."""
    searched: Estimate
    """The same by the days of the search."""
    fewer: list[Estimate]
    """With one agent less in one group, by the days of the search."""
    curve: list[Estimate]
    """Staffings in proportion, from fewer agents to more, by fresh days."""
    seeds: Sequence[int]
    """Of the fresh days."""
    tried: int
    """Staffings that were simulated."""

    @property
    def staffing(self) -> dict[str, int]:
        return dict(zip(self.groups, self.chosen.staffing, strict=True))

    @cached_property
    def fewest(self) -> bool:
        """Whether the goal is met, and by no staffing with an agent less in one group."""
        return self.searched.met and not any(option.met for option in self.fewer)


async def make_plan(
    profile: Profile, goal: Goal, days: Days, *, say: Callable[[str], None], first_seed: int, count: int
) -> Plan:
    """Searches with `count` days, then with three times as many, and judges by as many fresh ones."""
    start = erlang_start(profile, goal)
    search = Search(days, goal, most_agents(profile), say)
    rough = await search.smallest(start.separate, range(first_seed, first_seed + count))
    staffing, seen = rough.staffing, REFINED * count
    for _ in range(ROUNDS):
        known = range(first_seed, first_seed + seen)
        searched = await search.smallest(staffing, known)
        staffing = searched.staffing
        say(f"fresh days for {' + '.join(map(str, staffing))} agents")
        fresh = range(first_seed + seen, first_seed + seen + REFINED * count)
        (chosen,) = await search.estimate([staffing], fresh)
        if chosen.met or not searched.met:
            break
        seen += len(fresh)
    fewer = await search.fewer(staffing, known)
    say("the curve")
    curve = await search.estimate(_curve(staffing), fresh)
    return Plan(list(profile.agent_groups), start, chosen, searched, fewer, curve, fresh, len(search.tried))


def _curve(staffing: Staffing) -> list[Staffing]:
    total = sum(staffing)
    return [apportioned(staffing, size) for size in range(max(0, total - CURVE), total + CURVE + 1)]


def apportioned(weights: Staffing, total: int) -> Staffing:
    """`total` agents in proportion to the weights, by the divisors of Sainte-Laguë: nobody leaves as it grows."""
    filled = [0] * len(weights)
    for _ in range(total):
        index = max(range(len(weights)), key=lambda i: (weights[i] / (2 * filled[i] + 1), -i))
        filled[index] += 1
    return tuple(filled)
