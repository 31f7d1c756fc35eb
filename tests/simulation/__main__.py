"""Runs of the whole system in virtual time, a seed each.

    python -m tests.simulation --runs 1000 --seed 1 --json out/simulation.json
    python -m tests.simulation --runs 1 --seed 153 --trace

A seed that fails is printed with what it broke; the second form shows its run line by line. Ends with 1 when one did.
`--bug` puts a bug of tests/simulation/bugs.py into the code and ends with the first run that notices it.
"""

import argparse
import gc
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.simulation.bugs import BUGS, install

if TYPE_CHECKING:  # imported where it is used: a bug must be there before the code that it is in
    from tests.simulation.run import Result

SHOWN = 20
"""Failing seeds that are printed."""
PACE = 1000
"""Runs a minute and core that are asked for."""


def piece(first: int, count: int, *, traced: bool = False) -> "list[tuple[Result, float]]":
    """Some runs, each with its processor time; in a process of its own, maybe. Notes are kept of those that failed."""
    from tests.simulation.run import run  # noqa: PLC0415 - as above

    if not gc.get_freeze_count():
        gc.freeze()  # what is imported stays, and takes longer to look through than what a run leaves
    found = []
    for seed in range(first, first + count):
        began = time.process_time()
        result = run(seed)
        if not (result.violations or traced):
            result.notes.clear()
        found.append((result, time.process_time() - began))
    return found


def results(given: argparse.Namespace) -> "Iterator[tuple[Result, float]]":
    if given.processes == 1:
        for seed in range(given.seed, given.seed + given.runs):
            yield from piece(seed, 1, traced=given.trace)
        return
    with ProcessPoolExecutor(given.processes) as pool:
        firsts = range(given.seed, given.seed + given.runs, 20)
        counts = [min(20, given.seed + given.runs - first) for first in firsts]
        for found in pool.map(piece, firsts, counts):
            yield from found


def summary(given: argparse.Namespace) -> dict[str, Any]:
    """Plays the runs, prints the failing ones, and sums up."""
    began, processor, steps, virtual = time.monotonic(), 0.0, 0, 0.0
    counts: Counter[str] = Counter()
    latest: dict[str, float] = {}
    failed: dict[int, list[str]] = {}
    runs = 0
    for result, seconds in results(given):
        runs += 1
        processor, steps, virtual = processor + seconds, steps + result.steps, virtual + result.virtual_s
        counts.update(result.counts)
        latest = {kind: max(took, latest.get(kind, 0.0)) for kind, took in result.latest.items()}
        if given.trace:
            print("\n".join(result.lines), f"\ntrace {result.digest}")
        if result.violations:
            failed[result.seed] = result.violations
            if len(failed) <= SHOWN:
                print(f"seed {result.seed}: " + "\n    ".join(result.violations[:5]), flush=True)
            if given.bug:
                break
    elapsed = time.monotonic() - began
    return {
        "runs": runs,
        "seeds": [given.seed, given.seed + runs - 1],
        "processes": given.processes,
        "seconds": round(elapsed, 1),
        "processor_s": round(processor, 1),
        "runs_per_minute": round(60 * runs / elapsed),
        "runs_per_processor_minute": round(60 * runs / processor) if processor else 0,
        "callbacks": steps,
        "virtual_s": round(virtual),
        "latest_s": {kind: round(took, 3) for kind, took in latest.items()},
        "counts": dict(sorted(counts.items())),
        "failed": failed,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each other has the next (%(default)s)")
    parser.add_argument("--processes", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--json", type=Path, help="where to write the report")
    parser.add_argument("--trace", action="store_true", help="print what happened, line by line")
    parser.add_argument(
        "--bug", choices=sorted(BUGS), default="", help="put it in, and stop at the run that notices it"
    )
    given = parser.parse_args()
    if given.bug:
        install(given.bug)
    found = summary(given)
    print(
        f"{found['runs']} runs, {found['callbacks']} callbacks, {found['virtual_s']} s of virtual time: "
        f"{len(found['failed'])} failed; {found['runs_per_minute']} runs a minute, "
        f"{found['runs_per_processor_minute']} a minute of processor time; at most: {found['latest_s']} s"
    )
    if given.json:
        _write(given, found)
    return int(bool(found["failed"]))


def _write(given: argparse.Namespace, found: dict[str, Any]) -> None:
    from simulator.checks import check  # noqa: PLC0415 - it knows the client, in which a bug may be
    from simulator.report import write  # noqa: PLC0415

    pace = found["runs_per_processor_minute"]
    checks = [
        check("runs", found["runs"], f">= {given.runs}", found["runs"] >= given.runs),
        check("runs that broke a promise", len(found["failed"]), "== 0", not found["failed"]),
        check("runs a minute of processor time", pace, f">= {PACE}", pace >= PACE),
    ]
    write(given.json, checks, found)


if __name__ == "__main__":
    sys.exit(main())
