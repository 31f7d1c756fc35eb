"""Rules by weight.

Hypothesis gives every rule the same chance, and switches some of them off for a whole
sequence: with thirty rules hardly any sequence had an agent, a contact and a match. So the
machine has one rule of Hypothesis's, which draws one of these by its weight.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st

Method = TypeVar("Method", bound=Callable[..., None])
When = Callable[[Any], Any]


@dataclass
class Weighted:
    """How often a rule is run beside the others, what it draws, and when it may be run."""

    weight: int
    draws: Mapping[str, st.SearchStrategy[Any]]
    when: list[When] = field(default_factory=list)

    def may(self, machine: Any) -> bool:
        return all(condition(machine) for condition in self.when)


def rule(*, weight: int = 2, **draws: st.SearchStrategy[Any]) -> Callable[[Method], Method]:
    """Makes a rule of a method; what it draws is given to it by name. An argument `data` gets the source itself."""

    def decorate(method: Method) -> Method:
        method.weighted = Weighted(weight, draws)  # type: ignore[attr-defined]  # that is the point
        return method

    return decorate


def precondition(when: When) -> Callable[[Method], Method]:
    """The rule below it is run only when this holds."""

    def decorate(method: Method) -> Method:
        method.weighted.when.append(when)  # type: ignore[attr-defined]  # made by `rule`
        return method

    return decorate


def rules_of(kind: type) -> dict[str, Weighted]:
    return {name: getattr(kind, name).weighted for name in dir(kind) if hasattr(getattr(kind, name), "weighted")}
