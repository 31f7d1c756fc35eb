"""The long form of the test of the model: so many steps, seed after seed, and what they did, as JSON.

    python -m tests.invariants.long --steps 100000 --seed 1 --json out/model.json

Every seed is 50 sequences of at most 40 steps. The record is written after each seed. If it is there already,
this run goes on behind its last seed and adds to it: so a run can be stopped, and be made longer. Ends
with 1 at the first difference; its sequence is printed, and the same seed with --shrink and another
record shows a shorter one.
"""

import argparse
import json
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.invariants.rules import LifeCycle
from tests.invariants.rules.tally import TALLY
from tests.support import keyspace
from tests.support.cells import CELLS, DEFAULT
from tests.support.redis_process import Store

SEQUENCES = 50

_SETTINGS = settings(
    max_examples=SEQUENCES,
    stateful_step_count=40,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

PHASES = {False: [Phase.generate], True: [Phase.generate, Phase.shrink]}
"""By whether the sequence of a difference is to be made short."""


def _begun(path: Path, first: int) -> dict[str, Any]:
    """The record so far."""
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    return {"first_seed": first, "next_seed": first, "seconds": 0.0, "cells": [], "differences": []}


def _add(record: dict[str, Any]) -> None:
    """What was done since the last time."""
    for name in ("sequences", "steps", "pairs"):
        record[name] = record.get(name, 0) + getattr(TALLY, name)
        setattr(TALLY, name, 0)
    for name in ("verbs", "deadlines"):
        counted = Counter(record.get(name, {})) + getattr(TALLY, name)
        record[name] = dict(sorted(counted.items()))
        getattr(TALLY, name).clear()


def _run(processes: Store, documents: str, number: int, *, shrink: bool) -> str:
    """One seed. Returns the difference that was found, "" for none."""
    machine = seed(number)(type("Machine", (LifeCycle,), {"url": processes.url, "documents": documents}))
    try:
        run_state_machine_as_test(machine, settings=settings(_SETTINGS, phases=PHASES[shrink]))
    except Exception:  # noqa: BLE001 - whatever it is, it belongs in the record
        return traceback.format_exc()
    finally:
        keyspace.flush(processes)
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--steps", type=int, default=100_000, help="in all, with those of the record (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the first one, when there is no record (%(default)s)")
    parser.add_argument("--cell", default=DEFAULT, choices=sorted(CELLS), help="(%(default)s)")
    parser.add_argument("--json", type=Path, default=Path("out/model.json"), help="the record (%(default)s)")
    parser.add_argument("--shrink", action="store_true", help="make the sequence of a difference short, in minutes")
    given = parser.parse_args()
    record = _begun(given.json, given.seed)
    record["cells"] = sorted({*record["cells"], given.cell})
    cell = CELLS[given.cell]
    processes = cell.make()
    try:
        processes.start()
        while record.get("steps", 0) < given.steps and not record["differences"]:
            started = time.monotonic()
            difference = _run(processes, cell.documents, record["next_seed"], shrink=given.shrink)
            if difference:
                record["differences"].append({"seed": record["next_seed"], "cell": cell.name, "text": difference})
            record["seconds"] = round(record["seconds"] + time.monotonic() - started, 1)
            record["next_seed"] += 1
            _add(record)
            given.json.parent.mkdir(parents=True, exist_ok=True)
            given.json.write_text(json.dumps(record, indent=1) + "\n")
    finally:
        processes.remove()
    seeds = f"seeds {record['first_seed']} to {record['next_seed'] - 1}"
    print(  # noqa: T201 - a program
        f"{record['steps']} steps in {record['sequences']} sequences, {seeds}, {record['pairs']} pairs: "
        f"{len(record['differences'])} differences"
    )
    for found in record["differences"]:
        print(found["text"])  # noqa: T201 - a program
    return 1 if record["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
