"""Scenarios with a small part of their day, which takes a second or two."""

from collections import Counter
from dataclasses import replace

from simulator.day import AgentPlan, Day
from simulator.scenarios.base import Scenario

THIN = {
    "blended": (0, 60, 2),
    "rona": (0, 60, 4),
    "vip": (60, 130, 3),
    "callback": (20, 90, 2),
    "transfer": (0, 150, 4),
    "sticky": (0, 120, 5),
    "overflow": (0, 170, 2),
    "relax": (0, 140, 2),
    "calendar": (280, 480, 2),
}
"""Scenario to the callers of its day that are played, from one to another, and the agents of each group."""


def thin(kind: type[Scenario]) -> Scenario:
    """The scenario with a small part of its day."""
    start, end, most = THIN[kind.name]
    day_of = kind.day

    def day(self: Scenario, seed: int) -> Day:
        day, groups, agents = day_of(self, seed), Counter[str](), list[AgentPlan]()
        for plan in day.agents:
            groups[plan.group] += 1
            if groups[plan.group] <= most:
                agents.append(plan)
        return replace(day, callers=day.callers[start:end], agents=agents)

    scenario: Scenario = type(f"Thin{kind.__name__}", (kind,), {"day": day})()
    return scenario
