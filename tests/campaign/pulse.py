"""Whether the machine lets processes run: one that only wants to wake up, beside those that work.

`python -m tests.campaign.pulse FILE` notes each time that it was woken late: since when, and until when, in
microseconds since the epoch.
"""

import sys
import time
from pathlib import Path

EVERY_S = 0.05
LATE_S = 0.1
"""Late by so much in one step means late by a second where ten steps follow each other."""
AROUND = 1_000_000
"""Microseconds on both sides of it in which nothing is blamed on the router."""


def beat(file: Path) -> None:
    with file.open("a", encoding="utf-8", buffering=1) as notes:
        while True:
            due = time.time() + EVERY_S
            time.sleep(EVERY_S)
            now = time.time()
            if now - due > LATE_S:
                notes.write(f"{int(due * 1e6)} {int(now * 1e6)}\n")


def starved(file: Path) -> list[tuple[int, int]]:
    """The times in which the machine was too busy, joined where they overlap."""
    found: list[tuple[int, int]] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        begun, ended = map(int, line.split())
        begun, ended = begun - AROUND, ended + AROUND
        if found and begun <= found[-1][1]:
            begun = found.pop()[0]
        found.append((begun, ended))
    return found


if __name__ == "__main__":
    beat(Path(sys.argv[1]))
