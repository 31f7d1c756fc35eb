"""Which of the agents who could take a contact gets it, by the center's strategy (docs/strategies.md)."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Literal

from acd.v1.center_pb2 import (
    STRATEGY_BEST_FIT,
    STRATEGY_LEAST_LOADED,
    STRATEGY_LEAST_SKILLED,
    STRATEGY_ROUND_ROBIN,
)
from simulator.model import AgentModel, Requirement

COMPARED = 200
"""So many of the longest available agents are compared."""

Judgement = Literal["right", "unsure", "wrong"]
Bar = Literal["over", "holds", "unsure"]
"""Whether an agent may take a contact: a bar may have ended just now, or not yet."""
Measure = Callable[[AgentModel, Requirement], int | Fraction]

MEASURES: dict[int, Measure] = {
    STRATEGY_LEAST_LOADED: lambda agent, _: Fraction(agent.used, agent.capacity),
    STRATEGY_BEST_FIT: lambda agent, needed: -sum(agent.skills.get(skill, 0) for skill, _ in needed.skills),
    STRATEGY_LEAST_SKILLED: lambda agent, _: len(agent.skills),
    STRATEGY_ROUND_ROBIN: lambda agent, _: agent.last_offer,
}
"""What is least for the agent who is chosen; strategies that are not here compare nobody."""


def best(measure: Measure, agents: Sequence[AgentModel], requirement: Requirement) -> AgentModel | None:
    """Of `agents`, in the order of their idle time; of equals the first."""
    return min(agents[:COMPARED], key=lambda agent: measure(agent, requirement), default=None)


def judge(
    measure: Measure, agents: Sequence[tuple[AgentModel, Bar]], chosen: AgentModel, requirement: Requirement
) -> Judgement:
    """Whether `chosen` was the one, of those who satisfy the requirement, in the order of their idle time.

    Unsure where it depends on a bar. Whether he was barred himself is not asked.
    """
    surely = [agent for agent, bar in agents if bar == "over" or agent is chosen]
    perhaps = [agent for agent, bar in agents if bar != "holds" or agent is chosen]
    readings = [best(measure, each, requirement) is chosen for each in (surely, perhaps)]
    return "right" if all(readings) else "unsure" if any(readings) else "wrong"
