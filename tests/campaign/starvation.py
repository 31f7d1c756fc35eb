"""Whether the machine lets the router run: how long its processes waited for a processor that others had."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

EVERY_S = 0.5
SHARE = 0.3
"""Of the time for which a process wanted to run and could not. A call passes through six of them."""
AROUND = 1_000_000
"""Microseconds on both sides of it in which nothing is blamed on the router."""


class Starvation:
    """Looks at processes again and again. `pids`: those that there are now; their children are looked at, too."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._waited: dict[int, int] = {}
        self.times: list[tuple[int, int]] = []
        """When some process got too little, in microseconds since the epoch, joined where they overlap."""

    async def watch(self) -> None:
        """Until canceled."""
        before = time.time()
        while True:
            await asyncio.sleep(EVERY_S)
            now = time.time()
            if await asyncio.to_thread(self._longest) > SHARE * (now - before):
                self.note(before, now)
            before = now

    def note(self, begun_s: float, ended_s: float) -> None:
        begun, ended = int(begun_s * 1e6) - AROUND, int(ended_s * 1e6) + AROUND
        if self.times and begun <= self.times[-1][1]:
            begun = self.times.pop()[0]
        self.times.append((begun, ended))

    def _longest(self) -> float:
        """Seconds that one of the processes waited, at the most, since the last look."""
        found = {}
        for pid in self._pids():
            for each in (pid, *_children(pid)):
                with suppress(OSError):
                    found[each] = waited(Path(f"/proc/{each}/schedstat").read_text(encoding="ascii"))
        longest = max((now - self._waited.get(pid, now) for pid, now in found.items()), default=0)
        self._waited = found
        return longest / 1e9


def waited(schedstat: str) -> int:
    """Nanoseconds for which a process could have run and did not: the second word of the kernel's account."""
    return int(schedstat.split()[1])


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []
