"""`make campaign`: faults by the dice, on the whole system in network namespaces, while contacts flow.

Prints a table and writes out/campaign.json. A seed gives the same faults at the same places in the same order; pieces
with different seeds add up in docs/campaign.json with `--add`. Needs what `make netns-test` needs.
"""

import argparse
import signal
import sys
from typing import Any

from simulator.checks import check
from simulator.report import write
from tests.campaign import faults, record
from tests.campaign.piece import QUIET_S, Plan, piece
from tests.campaign.stage import STORES
from tests.stack.netns import interrupted, lacks
from tests.stack.parts import ROOT
from tests.stack.trial import Checks, show
from tests.system import player

REPORT = ROOT / "out" / "campaign.json"


def total(pieces: list[dict[str, Any]], plan: Plan) -> Checks:
    """The checks of all pieces together."""
    failed = [f"seed {one['seed']}: {violation}" for one in pieces for violation in one["violations"]]
    count, contacts = (sum(one[name] for one in pieces) for name in ("faults", "contacts"))
    return [
        check("faults injected", count, f">= {plan.faults}", count >= plan.faults),
        check("contacts", contacts, f">= {plan.contacts}", contacts >= plan.contacts),
        check("violations", len(failed), "== 0", not failed),
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--faults", type=int, default=len(faults.FAULTS), help="at least so many")
    parser.add_argument("--contacts", type=int, default=500, help="at least so many that were acknowledged")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=20.0, help="no new fault after so long")
    parser.add_argument("--only", nargs="*", default=[], choices=[fault.__name__ for fault in faults.FAULTS])
    parser.add_argument("--each", action="store_true", help="each kind once, and no more")
    parser.add_argument("--store", default="valkey9", choices=STORES)
    parser.add_argument("--documents", default="json", choices=("json", "string"))
    parser.add_argument("--tempo", default="brisk", choices=player.TEMPI, help="at which contacts come and go")
    parser.add_argument("--quiet", type=float, default=QUIET_S, help="seconds between two faults")
    parser.add_argument("--add", action="store_true", help=f"to the pieces in {record.FILE.relative_to(ROOT)}")
    parser.add_argument("--keep", action="store_true", help="keep the logs and say where they are")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    lacking = lacks()
    if lacking:
        print(f"the campaign cannot run: {'; '.join(lacking)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupted)
    only = given.only or [fault.__name__ for fault in faults.of(given.store, given.documents) if given.each]
    count = len(only) if given.each else given.faults
    plan = Plan(
        count, given.contacts, given.seed, given.minutes, only, given.store, given.documents, given.tempo, given.quiet
    )
    one, checks = piece(plan, keep=given.keep)
    failed = [line for line in checks if not line["pass"]]
    show(failed, f"Seed {plan.seed}: {len(checks)} checks, {len(failed)} failed")
    print(record.table([one]))
    if "logs" in one:
        print(f"logs: {one.pop('logs')}")
    rate = one["contacts"] / max(one["play_s"], 1)
    print(f"{one['faults']} faults, {one['contacts']} contacts in {one['play_s']} s: {rate:.1f} a second")
    if given.add:
        record.add(one)
    checks = total([one], plan)
    show(checks, "The piece")
    write(REPORT, checks, {"pieces": [one]})
    return int(not all(line["pass"] for line in checks))


if __name__ == "__main__":
    sys.exit(main())
