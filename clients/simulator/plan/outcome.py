"""What one simulated day says about a staffing, small enough to be kept for every day that was ever simulated."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from simulator.history import History, Stay
from simulator.measures.contacts import Rule, ServiceLevel, service_level
from simulator.measures.numbers import length, share
from simulator.measures.staff import by_group, works

Form = Literal["against", "ignored", "met"]
"""What a service level makes of those who hung up within the threshold."""


class Tally(NamedTuple):
    """Contacts of one type on one day; the first three as `ServiceLevel` has them."""

    answered: int
    left: int
    counted: int
    came: int
    abandoned: int

    def level(self, form: Form) -> float:
        """The service level; 1 where nobody came."""
        found = ServiceLevel(self.answered, self.left, self.counted)
        if self.counted == (self.left if form == "ignored" else 0):
            return 1.0
        return {"against": found.abandons_missed, "ignored": found.abandons_ignored, "met": found.abandons_met}[form]

    @property
    def abandonment(self) -> float:
        return share(self.abandoned, self.came)


class Time(NamedTuple):
    """Of the agents of one group on one day, in seconds."""

    busy: float
    staffed: float

    @property
    def occupancy(self) -> float:
        return share(self.busy, self.staffed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One day."""

    types: dict[str, Tally]
    groups: dict[str, Time]

    @property
    def all(self) -> Tally:
        return Tally(*map(sum, zip(*self.types.values(), strict=True)))

    @property
    def time(self) -> Time:
        return Time(*map(sum, zip(*self.groups.values(), strict=True)))

    def to_json(self) -> dict[str, Any]:
        return {"types": self.types, "groups": self.groups}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Outcome":
        types = {name: Tally(*values) for name, values in data["types"].items()}
        return cls(types, {name: Time(*values) for name, values in data["groups"].items()})


def outcome_of(history: History, types: Iterable[str], groups: Iterable[str]) -> Outcome:
    """The outcome by type and group; those without a contact or an agent that day are there, too."""
    stays: dict[str, list[Stay]] = defaultdict(list)
    for stay in history.stays.values():
        stays[stay.caller.type].append(stay)
    staff, rule = by_group(works(history)), Rule.of(history.day)
    return Outcome(
        {name: _tally(stays[name], rule, history.end) for name in types},
        {
            name: Time(
                round(sum(length(work.busy) for work in staff.get(name, [])), 3),
                round(sum(length(work.staffed) for work in staff.get(name, [])), 3),
            )
            for name in groups
        },
    )


def _tally(stays: list[Stay], rule: Rule, end: float) -> Tally:
    found = service_level(stays, rule, end)
    abandoned = sum(stay.end == "abandoned" for stay in stays)
    return Tally(found.answered, found.abandoned, found.offered, len(stays), abandoned)
