"""Histories that were tampered with: a played day in which something else is said to have happened."""

from collections.abc import Callable, Iterable
from itertools import count

from acd.v1.event_pb2 import Event, EventType
from simulator.model import micros

Change = Callable[[Event], None]
Forge = Callable[[list[Event]], list[Event]]
Which = Callable[[Event], bool]


def of(*kinds: str) -> Which:
    """Events of these types, by their names without EVENT_TYPE_."""
    types = {EventType.Value(f"EVENT_TYPE_{kind}") for kind in kinds}
    return lambda event: event.type in types


def numbered(sequence: int) -> Which:
    """The event of this number."""
    return lambda event: event.sequence == sequence


def about(name: str) -> Which:
    """Events of this contact."""
    return lambda event: event.contact.name == name


def copied(events: Iterable[Event]) -> list[Event]:
    found = []
    for event in events:
        copy = Event()
        copy.CopyFrom(event)
        found.append(copy)
    return found


def edit(which: Which, change: Change, *, nth: int = 1) -> Forge:
    """The nth event of this kind (0: all of them) is said to have been another."""

    def forge(events: list[Event]) -> list[Event]:
        forged, numbers = copied(events), count(1)
        meant = [event for event in forged if which(event) and nth in {0, next(numbers)}]
        assert meant, "there is no such event to tamper with"
        for event in meant:
            change(event)
        return forged

    return forge


def drop(which: Which, *, nth: int = 1) -> Forge:
    """The nth event of this kind (0: all) is said not to have happened."""

    def forge(events: list[Event]) -> list[Event]:
        numbers = count(1)
        left = [event for event in events if not (which(event) and nth in {0, next(numbers)})]
        assert len(left) < len(events), "there is no such event to leave out"
        return copied(left)

    return forge


def shift(event: Event, seconds: float) -> None:
    """It is said to have happened so much later."""
    event.event_time.FromMicroseconds(micros(event.event_time) + round(seconds * 1e6))
