"""Which of the agents that could take a contact gets it."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.invariants.model.records import ModelContact
from tests.invariants.model.requirement import required
from tests.invariants.model.state import State

LOOKED_AT = 200
"""Of the able agents so many are compared, the longest available ones; with fewer it makes no difference."""


def longest_available(model: State, agent: str, _contact: ModelContact) -> int:
    return model.agents[agent].idle


def least_loaded(model: State, agent: str, _contact: ModelContact) -> Fraction:
    found = model.agents[agent]
    return Fraction(sum(cost for _, cost in found.costs.values()), found.room.total)


def best_fit(model: State, agent: str, contact: ModelContact) -> int:
    return -sum(model.agents[agent].skills.get(skill, 0) for skill in required(model, contact))


def least_skilled(model: State, agent: str, _contact: ModelContact) -> int:
    return len(model.agents[agent].skills)


def round_robin(model: State, agent: str, _contact: ModelContact) -> int:
    return model.agents[agent].last_offer


STRATEGIES: dict[str, Callable[[State, str, ModelContact], Any]] = {
    "LONGEST_AVAILABLE": longest_available,
    "LEAST_LOADED": least_loaded,
    "BEST_FIT": best_fit,
    "LEAST_SKILLED": least_skilled,
    "ROUND_ROBIN": round_robin,
}
"""By the name that the policy uses: what is least for the agent that is chosen. Ties go to the longest available."""


def choose(model: State, contact: ModelContact, able: list[str]) -> str:
    """One of `able`, which is not empty."""
    strategy = STRATEGIES[model.choice("strategy")]
    seen = sorted(able, key=lambda agent: model.agents[agent].idle)[:LOOKED_AT]
    return min(seen, key=lambda agent: strategy(model, agent, contact))
