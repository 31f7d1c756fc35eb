"""The machine, and what processes take of it. Reads /proc, so it needs Linux."""

import os
import platform
import time
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12
"""Places in /proc/pid/stat, counted after the name."""


def cpu_seconds(pid: int) -> float:
    """Processor time of a process with all its threads. Raises FileNotFoundError when it is gone."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[_USER]) + int(words[_SYSTEM])) / TICKS


def resident_bytes(pid: int) -> int:
    """Memory of its own that a process has in use: anonymous pages, no files."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return 1024 * int(line.split()[1])
    raise OSError(f"/proc/{pid}/status has no RssAnon")


def cores() -> int:
    """Processors that we may use."""
    return len(os.sched_getaffinity(0))


def describe() -> dict[str, Any]:
    """What figures depend on, the load of others included."""
    one, five, _ = os.getloadavg()
    return {
        "cores": cores(),
        "load_1_min": one,
        "load_5_min": five,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "longest_stall_ms": 1000 * longest_stall(0.5),
    }


def longest_stall(seconds: float) -> float:
    """The longest time for which this process, which wants nothing but to run, was held up, in seconds.

    What the machine does to us, it does to the store: a script that takes longer than its
    bound by less than this may be innocent.
    """
    end = time.perf_counter() + seconds
    last, worst = time.perf_counter(), 0.0
    while last < end:
        now = time.perf_counter()
        worst, last = max(worst, now - last), now
    return worst


class CpuMeter:
    """Processor time of named groups of processes between `begin` and `end`."""

    def __init__(self, groups: dict[str, list[int]]) -> None:
        self._groups = groups
        self._before: dict[str, float] = {}

    def _now(self) -> dict[str, float]:
        return {name: sum(cpu_seconds(pid) for pid in pids) for name, pids in self._groups.items()}

    def begin(self) -> None:
        self._before = self._now()

    def end(self) -> dict[str, float]:
        """Seconds by group."""
        return {name: value - self._before[name] for name, value in self._now().items()}
