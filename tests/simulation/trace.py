"""What happened in a run, line by line, and its fingerprint."""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.simulation.loop import VirtualLoop


class Note(NamedTuple):
    """A line, which is written out when somebody wants to read it: few are read."""

    time: float
    steps: int
    what: str
    details: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.time:9.4f} {self.steps:6} {self.what} {' '.join(map(str, self.details))}"


def digest(notes: Iterable[Note]) -> str:
    return hashlib.blake2b("\n".join(map(str, notes)).encode(), digest_size=12).hexdigest()


class Trace:
    """Every line has its time and how many callbacks ran before: runs that agree took the same way."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.notes: list[Note] = []
        self.violations: list[str] = []

    def note(self, what: str, *details: Any) -> None:
        """Details are as they will be: nothing that changes."""
        self.notes.append(Note(self._loop.time(), self._loop.steps, what, details))

    def violation(self, what: str) -> None:
        self.note("VIOLATION", what)
        self.violations.append(f"{self._loop.time():.3f} s: {what}")
