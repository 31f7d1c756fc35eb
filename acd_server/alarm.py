"""A time limit that moves often, and times that many have in common."""

import asyncio
import math
from collections.abc import Callable

STEPS = 100
"""Of an interval, in which those who do something after it do it together."""


def in_step(due: float, interval: float) -> float:
    """A time of the loop a hundredth of the interval before `due` at most, the same for all of that interval.

    Thousands of feeds that each speak, or renew a lease, at a time of their own wake the server for each, which costs
    several times what they do then.
    """
    return due - due % (interval / STEPS)


class Alarm:
    """Calls `ring` once when the time that was set last has come.

    A feed moves its limits on with each message, and a timer of the loop for each would cost more than
    the rest of a message's way. Here the timer that runs is left alone, and looks again when it goes off too early.
    """

    __slots__ = ("_at", "_loop", "_ring", "_timer", "_timer_at")

    def __init__(self, ring: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._at = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf

    def set(self, at: float) -> None:
        """Rings at this time of the loop, and at none that was set before."""
        self._at = at
        if at < self._timer_at:
            self._start(at)

    def stop(self) -> None:
        """Does not ring, until it is set again."""
        self._at = math.inf

    def close(self) -> None:
        """Lets go of the timer; it must not be set again."""
        self.stop()
        if self._timer:
            self._timer.cancel()

    def _start(self, at: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer, self._timer_at = self._loop.call_at(at, self._look), at

    def _look(self) -> None:
        due = self._at <= self._timer_at
        self._timer, self._timer_at = None, math.inf
        if due:
            self.stop()
            self._ring()
        elif self._at < math.inf:
            self._start(self._at)
