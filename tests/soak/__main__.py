"""`make soak MINUTES=30`: the router at half of a core for a long time, while everything comes and goes.

A server, a dispatcher and a store, each a process of its own. Prints the slope of everything that is measured of
them over the second half of the run, and writes out/soak.json; exit code 1 when something is not flat, when a
contact was lost, double or out of order, or when the store still tells of what is over.
"""

import argparse
import asyncio
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from typing import Any

from simulator.checks import check
from simulator.report import write
from tests.soak.leaks import NAMES
from tests.soak.run import SHORT, Bounds, Plan, Soak
from tests.soak.stage import Times
from tests.stack.trial import Checks, show
from tests.support.cells import CELLS

REPORT = Path("out") / "soak.json"
LONG = 10.0
"""Minutes from which on a slope of a few percent an hour can be told."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--cell", default="valkey9-cluster-json", choices=sorted(CELLS))
    parser.add_argument("--centers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.0, help="contacts a second; 0: as many as make --half")
    parser.add_argument("--half", type=float, default=0.5, help="part of a core that the server is to use")
    parser.add_argument("--retention", type=float, default=60.0, help="seconds that an ended contact is kept")
    parser.add_argument("--remembered", type=float, default=Times.remembered, help="as long, of a request (by edits)")
    parser.add_argument("--history", type=int, default=Times.history, help="events that a center keeps")
    parser.add_argument("--leak", default="", choices=("", *NAMES), help="a router that does")
    parser.add_argument("--json", type=Path, default=REPORT)
    return parser.parse_args()


def plan_of(given: argparse.Namespace) -> Plan:
    times = Times(given.retention, given.remembered, given.history)
    bounds = Bounds() if given.minutes >= LONG else SHORT
    more = {"half": given.half, "rate": given.rate, "leak": given.leak}
    return Plan(given.minutes, given.cell, given.centers, given.seed, times, bounds, **more)


def details(soak: Soak, seconds: float) -> dict[str, Any]:
    """All that the checks rest on."""
    plan = soak.plan
    return {
        "minutes": plan.minutes,
        "cell": plan.cell,
        "centers": plan.centers,
        "seed": plan.seed,
        "leak": plan.leak,
        "rate": round(soak.rate, 2),
        "rate_found": soak.chosen,
        "server_share_of_a_core": round(soak.share, 3),
        "machine_load": {"mean": round(fmean(soak.load), 2), "max": round(max(soak.load), 2)},
        "duration_s": round(seconds),
        "trends": {name: vars(found) for name, found in soak.slopes.items()},
        "counts": dict(sorted(soak.counts.items())),
        "feeds": dict(sorted(soak.feeds.items())),
        "times_s": [round(at, 1) for at in soak.times],
        "due": soak.due,
        "samples": {name: [round(one[name], 3) for one in soak.samples] for name in soak.samples[0]},
    }


def tell(soak: Soak, checks: Checks) -> None:
    for step in soak.chosen:
        print(
            f"{step['rate']:.1f} contacts/s wanted, {step['came']:.1f} came: "
            f"the server took {step['share']:.2f} of a core, {step['idle share']:.2f} without any"
        )
    print(f"so {soak.rate:.1f} contacts/s; over the run the server took {soak.share:.2f} of a core")
    print(f"load of the machine: {fmean(soak.load):.1f} in the mean, at most {max(soak.load):.1f}")
    print(f"feeds: {dict(soak.feeds.most_common())}")
    for name in soak.samples[0]:
        series = [one[name] for one in soak.samples]
        print(f"{name:24} {series[0]:10.1f} at first, {fmean(series):10.1f} in the mean, {series[-1]:10.1f} at the end")
    show(checks, f"{soak.plan.minutes:g} minutes, {soak.plan.cell}, seed {soak.plan.seed}")


def main() -> int:
    given = arguments()
    soak, begun = Soak(plan_of(given)), time.monotonic()
    try:
        asyncio.run(soak.run())
    except Exception:  # noqa: BLE001 - whatever it is, what was measured before it is told
        traceback.print_exc()
        soak.checks.append(check("ran to the end", False, "True", False))
    checks = soak.checks
    if not soak.samples:
        return 1
    write(given.json, checks, details(soak, time.monotonic() - begun))
    tell(soak, checks)
    return int(not all(line["pass"] for line in checks))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
