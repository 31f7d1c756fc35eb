"""Which of the agents that could take a contact gets it."""

from collections.abc import Callable
from typing import Any

from tests.invariants.model.records import ModelContact
from tests.invariants.model.state import State

LOOKED_AT = 200
"""Of the able agents so many are compared, the longest available ones; with fewer it makes no difference."""


def longest_available(model: State, agent: str, _contact: ModelContact) -> int:
    return model.agents[agent].idle


STRATEGIES: dict[str, Callable[[State, str, ModelContact], Any]] = {"LONGEST_AVAILABLE": longest_available}
"""By the name that the policy uses: what is least for the agent that is chosen. Ties go to the longest available."""


def choose(model: State, contact: ModelContact, able: list[str]) -> str:
    """One of `able`, which is not empty."""
    strategy = STRATEGIES["LONGEST_AVAILABLE"]
    seen = sorted(able, key=lambda agent: model.agents[agent].idle)[:LOOKED_AT]
    return min(seen, key=lambda agent: strategy(model, agent, contact))
