"""What a scenario is: a day with extras, its own figures, and what must hold in it.

A scenario is judged by the events of its day alone, so a history that was tampered with is judged as a
played one is.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import contact_pb2 as contacts
from acd.v1.event_pb2 import Event
from simulator.checks import check
from simulator.day import Day
from simulator.definitions import in_words
from simulator.extras import Extras, Scene
from simulator.model import micros
from simulator.profile import load_profile
from simulator.recorder import last_part
from simulator.virtual import to_second

INSTANT = 0.001
"""Seconds: events of one moment are some microseconds apart."""
ASSIGNMENT_ENDS = {
    contacts.ASSIGNMENT_STATE_COMPLETED,
    contacts.ASSIGNMENT_STATE_DECLINED,
    contacts.ASSIGNMENT_STATE_MISSED,
    contacts.ASSIGNMENT_STATE_REVOKED,
    contacts.ASSIGNMENT_STATE_TRANSFERRED,
}


def second(event: Event) -> float:
    """Second of the day of an event."""
    return to_second(micros(event.event_time))


def moment(time: Timestamp) -> float:
    """Second of the day of a time in a document."""
    return to_second(micros(time))


class Figure(NamedTuple):
    """One figure of a scenario, with its meaning in its title."""

    title: str
    value: float
    unit: str
    """As in `definitions.py`: share, s, h, ratio, or what is counted."""

    @property
    def written(self) -> str:
        return in_words(self.value, self.unit)


@dataclass(slots=True)
class Findings:
    """What a scenario found in its day."""

    figures: list[Figure] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, title: str, value: float, unit: str) -> None:
        self.figures.append(Figure(title, value, unit))

    def none(self, name: str, faults: Iterable[object]) -> None:
        """Checks that there is none; the first ones are told in the report."""
        found = list(faults)
        line = check(name, len(found), "== 0", not found)
        self.checks.append(line if not found else {**line, "examples": [str(fault) for fault in found[:5]]})

    def some(self, name: str, count: int) -> None:
        """Checks that what the scenario is about did happen: else its other checks say nothing."""
        self.checks.append(check(name, count, "> 0", count > 0))


@dataclass
class Log:
    """The events of a day, and who was turned away (by id, with the second of the day)."""

    day: Day
    events: list[Event]
    turned_away: dict[str, float] = field(default_factory=dict)

    @cached_property
    def by_contact(self) -> dict[str, list[Event]]:
        """The events of each contact, by its id, in the order of their coming."""
        found: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            if event.HasField("contact"):
                found[last_part(event.contact.name)].append(event)
        return dict(found)

    def of(self, *types: int) -> Iterator[Event]:
        return (event for event in self.events if event.type in types)


def first(found: Iterable[Event], *types: int) -> Event | None:
    """The first event of one of these types."""
    return next((event for event in found if event.type in types), None)


class Scenario(Extras, ABC):
    """One scenario. Its day is drawn from the profile of its name, in this folder."""

    name: ClassVar[str]
    title: ClassVar[str]
    """What it is about, in one line."""
    prompt: ClassVar[bool] = True
    """Whether what is possible must happen at once; not where a center may be closed."""

    scene: Scene
    """From the beginning of the day on."""

    def begin(self, scene: Scene) -> None:
        self.scene = scene

    def day(self, seed: int) -> Day:
        return load_profile(str(Path(__file__).parent / f"{self.name}.yaml")).day(seed)

    @abstractmethod
    def judge(self, log: Log) -> Findings:
        """The figures and checks of a day of this scenario."""
