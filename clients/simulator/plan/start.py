"""Where a search begins: Erlang's formulas, half hour by half hour.

Each half hour is taken as a stationary queue of its own (SIPP in the literature: stationary, independent,
period by period), with the agents who are present on average. The groups are taken as separate queues, among which
each type is shared out by their size; and once more as one pool in which everybody can do everything. The truth
mostly lies between the two sums. Neither is a proven bound, and nothing but the beginning depends on them.
"""

import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from simulator.erlang import queue_of
from simulator.measures.numbers import length, share
from simulator.plan.goal import Goal, Staffing
from simulator.profile import Profile
from simulator.profile_draw import draw_group
from simulator.profile_parts import HALF_HOUR, AgentGroup, ContactType, PolicyPart

SAMPLE = 256
"""Agents who are drawn to see how many of a group are present in each half hour."""
SHORTEST = 0.001
"""Seconds: the shortest handling, so that there is a load."""
ROOM = 4
"""Times the peak load beyond which no more agents are tried."""


class Load(NamedTuple):
    """What comes to one queue."""

    rates: list[float]
    """Contacts a second in each half hour."""
    handling: float
    """Mean seconds for which a contact holds an agent."""
    patience: float


class Start(NamedTuple):
    """The beginning of the search, and what one pool would need."""

    separate: Staffing
    pooled: int


def erlang_start(profile: Profile, goal: Goal) -> Start:
    """Staffings by Erlang A, or C where nobody hangs up."""
    groups = profile.agent_groups
    weights = {name: max(1, group.agents) for name, group in groups.items()}
    present = {name: presence(group, profile.opens, half_hours(profile)) for name, group in groups.items()}
    separate = tuple(needed(_load(profile, [name], weights), present[name], goal) for name in groups)
    whole = sum(weights.values())
    everybody = [
        sum(weights[name] * present[name][number] for name in groups) / whole for number in range(half_hours(profile))
    ]
    return Start(separate, needed(_load(profile, list(groups), weights), everybody, goal))


def most_agents(profile: Profile) -> Staffing:
    """Of each group, beyond which there is no sense in more: several times the peak load of all it may serve."""
    found = []
    for group in profile.agent_groups.values():
        able = [part for part in profile.contact_types.values() if group.may_have(part.skills)]
        load = sum(max(part.arrivals.expected) / HALF_HOUR * handling(part, group, profile.policy) for part in able)
        found.append(math.ceil(ROOM * load) + ROOM if able else 0)
    return tuple(found)


def half_hours(profile: Profile) -> int:
    return max(len(contact_type.arrivals.expected) for contact_type in profile.contact_types.values())


def presence(group: AgentGroup, opens: float, count: int) -> list[float]:
    """Share of the group's agents who are signed in and in no break, on average in each half hour from `opens` on."""
    plans = list(draw_group(0, "sample", group.model_copy(update={"size": SAMPLE})))
    found = []
    for number in range(count):
        span = (opens + HALF_HOUR * number, opens + HALF_HOUR * (number + 1))
        inside = sum(length([(plan.start, plan.end)], span) - length(plan.breaks, span) for plan in plans)
        found.append(inside / HALF_HOUR / SAMPLE)
    return found


def needed(load: Load, present: Sequence[float], goal: Goal) -> int:
    """The smallest group whose mean service level over the contacts of the day reaches the goal's."""
    whole = sum(load.rates)
    most = math.ceil(ROOM * max(load.rates) * load.handling) + ROOM
    for agents in range(1 if whole else 0, most):
        served = sum(
            rate * queue_of(rate, load.handling, there, load.patience).service_level(goal.threshold)
            for rate, part in zip(load.rates, present, strict=False)
            if rate and (there := round(agents * part))
        )
        if served >= goal.share * whole:
            return agents
    return most


def _load(profile: Profile, names: Sequence[str], weights: dict[str, int]) -> Load:
    """The part of all contacts that comes to the groups named."""
    parts = []
    for contact_type in profile.contact_types.values():
        able = [name for name in weights if profile.agent_groups[name].may_have(contact_type.skills)]
        whole = sum(weights[name] for name in able)
        for name in able:
            if name in names:
                rates = [expected * weights[name] / whole / HALF_HOUR for expected in contact_type.arrivals.expected]
                parts.append((rates, handling(contact_type, profile.agent_groups[name], profile.policy), contact_type))
    sums = [sum(rates) for rates, _, _ in parts]
    patience = [part.patience.distribution().expected if part.patience else math.inf for _, _, part in parts]
    return Load(
        list(map(sum, zip_longest(*(rates for rates, _, _ in parts), fillvalue=0.0))) if parts else [0.0],
        max(SHORTEST, _weighted([handling for _, handling, _ in parts], sums)),
        _weighted(patience, sums) or math.inf,
    )


def _weighted(values: Sequence[float], weights: Sequence[float]) -> float:
    return share(sum(value * weight for value, weight in zip(values, weights, strict=True)), sum(weights))


def handling(contact_type: ContactType, group: AgentGroup, policy: PolicyPart) -> float:
    """Talk, wrap-up, and the time in which an offer, and those declined or missed before it, hold an agent."""
    talk = contact_type.talk.distribution().expected
    wrap_up = min(group.wrap_up.distribution().expected, policy.wrap_up_time)
    if policy.auto_accept:
        return talk + wrap_up
    ringing = (1 - group.miss) * group.answer.distribution().expected + group.miss * policy.offer_timeout
    return talk + wrap_up + ringing / max(1 - group.decline - group.miss, 1 / ROOM)
