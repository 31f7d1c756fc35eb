"""What happened in a run, line by line, and its fingerprint."""

import hashlib
from typing import Any

from tests.simulation.loop import VirtualLoop


class Trace:
    """Every line has its time and how many callbacks ran before: runs that agree took the same way."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.lines: list[str] = []
        self.violations: list[str] = []

    def note(self, what: str, *details: Any) -> None:
        self.lines.append(f"{self._loop.time():9.4f} {self._loop.steps:6} {what} {' '.join(map(str, details))}")

    def violation(self, what: str) -> None:
        self.note("VIOLATION", what)
        self.violations.append(f"{self._loop.time():.3f} s: {what}")

    @property
    def digest(self) -> str:
        return hashlib.blake2b("\n".join(self.lines).encode(), digest_size=12).hexdigest()
