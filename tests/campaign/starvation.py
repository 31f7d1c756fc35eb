"""Whether the machine lets the router run: how long its processes waited for a processor that others had."""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

EVERY_S = 0.5
SHARE = 0.3
"""Of the time for which a process wanted to run and could not. A call passes through six of them."""
TURN_S = 0.005
"""For which its turns were held up in the mean: what is due takes less than a hundred, in all processes, and may be
late by a second. Who waits for less a thousand times in a second has waited for all of it, and is late by nothing."""
AROUND = 1_000_000
"""Microseconds on both sides of it in which nothing is blamed on the router."""


class Starvation:
    """Looks at processes again and again. `pids`: those that there are now; their children are looked at, too."""

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self._pids = pids
        self._seen: dict[int, Account] = {}
        self.times: list[tuple[int, int]] = []
        """When some process got too little, in microseconds since the epoch, joined where they overlap."""

    async def watch(self) -> None:
        """Until canceled."""
        before = time.time()
        while True:
            await asyncio.sleep(EVERY_S)
            now = time.time()
            if await asyncio.to_thread(self._somebody_starved, now - before):
                self.note(before, now)
            before = now

    def note(self, begun_s: float, ended_s: float) -> None:
        begun, ended = int(begun_s * 1e6) - AROUND, int(ended_s * 1e6) + AROUND
        if self.times and begun <= self.times[-1][1]:
            begun = self.times.pop()[0]
        self.times.append((begun, ended))

    def _somebody_starved(self, seconds: float) -> bool:
        """Whether one of the processes did, in the seconds since the last look."""
        found = {}
        for pid in self._pids():
            for each in (pid, *_children(pid)):
                with suppress(OSError):
                    found[each] = account(Path(f"/proc/{each}/schedstat").read_text(encoding="ascii"))
        before, self._seen = self._seen, found
        return any(starved(now, before.get(pid, now), seconds) for pid, now in found.items())


class Account(NamedTuple):
    """Of the kernel, for a process."""

    waited_s: float
    """It could have run and did not."""
    turns: int


def account(schedstat: str) -> Account:
    _, waited_ns, turns = schedstat.split()
    return Account(int(waited_ns) / 1e9, int(turns))


def starved(now: Account, before: Account, seconds: float) -> bool:
    """Whether who has these accounts got too little in between."""
    waited_s, turns = now.waited_s - before.waited_s, now.turns - before.turns
    return waited_s > max(SHARE * seconds, TURN_S * turns)


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []
