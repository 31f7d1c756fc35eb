"""When things happen: what callers and agents do is set for a second of the day, whatever makes the time.

`WallTimeline` lets the day pass in real time, `speed` times as fast. The virtual one
(`virtual.py`) owns the center's clock and takes one action after the other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

Action = Callable[[], Awaitable[int]]
"""Something that somebody does: a call. Answers with the sequence of the event that the reply shows, 0 for none."""


class Handle(Protocol):
    """Something that is still to happen."""

    def cancel(self) -> None: ...


class Timeline(Protocol):
    """The time of a day, in seconds from midnight."""

    def now(self) -> float:
        """The second of the day that it is."""

    def moment(self, stamp: int) -> float:
        """From when on the actors react to an event of this stamp, in microseconds of the center's clock."""

    def at(self, second: float, action: Action) -> Handle:
        """Has `action` begin at this second of the day, at once if that is over; may be canceled until then."""

    @property
    def idle(self) -> bool:
        """Whether nothing is still to happen."""


class WallTimeline:
    """Real time, compressed. Actions run side by side, as in life, in the tasks of `work`."""

    def __init__(self, day_start: float, speed: float, work: asyncio.TaskGroup) -> None:
        self._speed = speed
        self._day_start = day_start
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._wall_start = self._loop.time()
        self._pending: set[_Timer] = set()

    def now(self) -> float:
        return self._day_start + (self._loop.time() - self._wall_start) * self._speed

    def moment(self, stamp: int) -> float:
        """The moment at which the event was read: people react to what they see."""
        del stamp
        return self.now()

    def at(self, second: float, action: Action) -> Handle:
        timer = _Timer(self._pending)
        delay = (second - self._day_start) / self._speed
        timer.handle = self._loop.call_at(self._wall_start + delay, self._begin, timer, action)
        return timer

    @property
    def idle(self) -> bool:
        return not self._pending

    async def until(self, second: float) -> None:
        """Returns when it is this second of the day."""
        await asyncio.sleep(max(0.0, (second - self.now()) / self._speed))

    def _begin(self, timer: "_Timer", action: Action) -> None:
        task = self._work.create_task(_run(action))
        # Until it is done: nobody may think that all is over while a call is under way.
        task.add_done_callback(lambda _: self._pending.discard(timer))


async def _run(action: Action) -> None:
    await action()


class _Timer:
    def __init__(self, pending: "set[_Timer]") -> None:
        self.handle: asyncio.TimerHandle | None = None
        self._pending = pending
        pending.add(self)

    def cancel(self) -> None:
        if self.handle is not None and self.handle.when() > asyncio.get_running_loop().time():
            self.handle.cancel()
            self._pending.discard(self)
