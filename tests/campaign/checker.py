"""What a campaign adds to the verdict of a trial: deadlines in time, and indexes that agree in the end."""

from collections.abc import Iterable
from dataclasses import dataclass

from acd.v1 import contact_pb2 as contacts
from acd.v1.event_pb2 import Event
from simulator.model import micros

LATE = 1_000_000
"""Microseconds after which a deadline that was not fired is the router's fault."""
TIMED: dict[int, str] = {
    contacts.ASSIGNMENT_STATE_OFFERED: "offer",
    contacts.ASSIGNMENT_STATE_WRAP_UP: "wrap-up",
}
"""States of an assignment that have a deadline, in the words of the report."""


@dataclass(frozen=True)
class Window:
    """A time in which something was broken, in microseconds since the epoch."""

    begun: int
    ended: int

    def touches(self, first: int, last: int) -> bool:
        return self.begun <= last and first <= self.ended


def uncovered(whole: Window, windows: Iterable[Window]) -> int:
    """Microseconds of a time that none of the windows covers."""
    left, reached = 0, whole.begun
    for window in sorted(windows, key=lambda one: one.begun):
        left += max(0, min(window.begun, whole.ended) - reached)
        reached = max(reached, window.ended)
    return left + max(0, whole.ended - reached)


@dataclass(frozen=True)
class Stuck:
    """A state that outlived its deadline while nothing was broken."""

    assignment: str
    state: str
    late: int
    """Microseconds."""


def stuck(events: Iterable[Event], broken: Iterable[Window]) -> list[Stuck]:
    """States past their deadline by more than LATE, of all that ended, or that the last event still shows."""
    windows, now = list(broken), 0
    open_: dict[str, tuple[str, int]] = {}
    found: list[Stuck] = []

    def leave(name: str) -> None:
        state, due = open_.pop(name)
        if now > due + LATE and not any(window.touches(due, now) for window in windows):
            found.append(Stuck(name, state, now - due))

    for event in events:
        now, assignment = micros(event.event_time), event.assignment
        if assignment.name in open_:
            leave(assignment.name)
        if assignment.state in TIMED and assignment.HasField("deadline"):
            open_[assignment.name] = (TIMED[assignment.state], micros(assignment.deadline))
    for name in list(open_):
        leave(name)
    return found
