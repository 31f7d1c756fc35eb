"""`make campaign`: faults by the dice, on the whole system in network namespaces, while contacts flow.

Prints a table and writes out/campaign.json. A seed gives the same faults at the same places in the same order; pieces
with different seeds add up in one report with `--add`. Needs what `make netns-test` needs.
"""

import argparse
import asyncio
import json
import random
import shutil
import signal
import statistics
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acd_server.store import Store
from simulator.checks import check
from simulator.report import write
from store_node import users
from tests.campaign import faults
from tests.campaign.checker import Window, stuck
from tests.campaign.faults import Arena, Fault
from tests.stack.faults import Scene
from tests.stack.netns import interrupted, lacks
from tests.stack.network import new_folder
from tests.stack.parts import ROOT, Stack
from tests.stack.trial import CENTER, Checks, run, show
from tests.store import consistency
from tests.system.test_kill import RACES
from tests.system.witness import Witness
from tools import fetch_json_module

QUIET_S = 0.5
REPORT = ROOT / "out" / "campaign.json"
REFUSED = (*RACES, ": STORE_FULL")
"""Ends of the refusals that are right."""
GRACE = 3_000_000
"""Microseconds after a fault in which what it delayed may still come late: a failover's length."""


@dataclass
class Plan:
    """What was asked for."""

    faults: int
    contacts: int
    seed: int
    minutes: float
    only: list[str]


@dataclass
class Campaign:
    """Draws the faults, injects them, and remembers when something was broken."""

    plan: Plan
    stack: Stack
    witness: Witness | None = None
    broken: list[Window] = field(default_factory=list)
    healed: dict[str, list[float]] = field(default_factory=dict)
    """Seconds from the beginning of a fault until all was well, by its title."""

    def draw(self) -> Iterator[Any]:
        """Faults for the trial, until there were enough of them and of contacts, or the time is over."""
        dice = random.Random(self.plan.seed)
        until = time.monotonic() + 60 * self.plan.minutes
        chosen = [fault for fault in faults.FAULTS if fault.__name__ in self.plan.only]
        while not self._enough() and time.monotonic() < until:
            fault = dice.choice(chosen) if chosen else self._any(dice)
            yield self._injected(fault, random.Random(dice.getrandbits(64)))

    def _any(self, dice: random.Random) -> Fault:
        """At first each once; then a third of them on store nodes, at the least."""
        count = self.count
        if count < len(faults.FAULTS):
            return faults.FAULTS[count]
        if dice.random() < 0.02:
            return dice.choice(faults.RARE)
        return dice.choice(faults.ON_STORE if dice.random() < 0.45 else faults.ELSEWHERE)

    @property
    def count(self) -> int:
        return sum(map(len, self.healed.values()))

    def _enough(self) -> bool:
        came = len(self.witness.book.states) if self.witness else 0
        return self.count >= self.plan.faults and came >= self.plan.contacts

    def _injected(self, fault: Fault, dice: random.Random) -> Any:
        async def inject(scene: Scene) -> None:
            self.witness = scene.probes.witness
            begun, clock = time.time(), time.monotonic()
            try:
                await fault(Arena(scene, self.stack, dice))
            finally:
                ended = int(time.time() * 1e6) + GRACE
                self.broken.append(Window(int(begun * 1e6), ended))
            self.healed.setdefault(scene.title, []).append(time.monotonic() - clock)

        inject.__name__ = fault.__name__
        return inject

    async def judge(self, witness: Witness) -> Checks:
        """What a campaign asks beyond the trial."""
        late = stuck(witness.events, self.broken)
        difference = await self._difference()
        return [
            check("states past their deadline while all was well", len(late), "== 0", not late),
            check("indexes agree with documents", difference or True, "True", not difference),
        ]

    async def _difference(self) -> str:
        """What is wrong with the center's keys in the end; empty when nothing is."""
        password = self.stack.passwords[users.OPERATOR]
        addresses = ",".join(str(address) for address in self.stack.membership.settings.nodes)
        store = await Store.open(f"redis+cluster://{users.OPERATOR}:{password}@{addresses}")
        try:
            await consistency.check(store, CENTER)
        except AssertionError as error:
            return str(error)[:500] or "they differ"
        finally:
            await store.close()
        return ""

    def table(self) -> dict[str, Any]:
        """By kind of fault: how many, and the seconds until all was well again."""
        return {
            title: {"count": len(times), "median_s": round(statistics.median(times), 1), "max_s": round(max(times), 1)}
            for title, times in sorted(self.healed.items())
        }


def piece(plan: Plan, *, keep: bool) -> dict[str, Any]:
    """One piece of a campaign, from its network to its report."""
    try:
        module = str(fetch_json_module.fetch())
    except fetch_json_module.NoModuleError as error:
        print(f"documents are strings: {error}")
        module = ""
    folder, begun = new_folder(), time.monotonic()
    checks: Checks = []
    stack = Stack(folder, shutil.which("redis-server") or "", module)
    campaign = Campaign(plan, stack)
    try:
        stack.network.make()
        stack.network.enter("client")
        trial = run(stack, campaign.draw(), checks, least=1, quiet_s=QUIET_S, refused=REFUSED, beside=campaign.judge)
        asyncio.run(trial)
    except Exception:  # noqa: BLE001 - whatever it is, the report says it and everything is cleaned up
        traceback.print_exc()
        checks.append(check("ran to the end", False, "True", False))
    finally:
        stack.kill()
        stack.network.remove()
        if keep or not all(line["pass"] for line in checks):
            print(f"logs: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return {
        "seed": plan.seed,
        "faults": campaign.count,
        "store_faults": _on_store(campaign),
        "contacts": len(campaign.witness.book.states) if campaign.witness else 0,
        "duration_s": round(time.monotonic() - begun),
        "documents": "json" if module else "string",
        "by_fault": campaign.table(),
        "checks": checks,
    }


def _on_store(campaign: Campaign) -> int:
    return sum(len(times) for title, times in campaign.healed.items() if title.startswith(("store", "failover")))


def total(pieces: list[dict[str, Any]], plan: Plan) -> Checks:
    """The checks of all pieces together."""
    failed = [f"seed {one['seed']}: {line['name']}" for one in pieces for line in one["checks"] if not line["pass"]]
    count, contacts = (sum(one[name] for one in pieces) for name in ("faults", "contacts"))
    return [
        check("faults injected", count, f">= {plan.faults}", count >= plan.faults),
        check("contacts", contacts, f">= {plan.contacts}", contacts >= plan.contacts),
        check("violations", len(failed), "== 0", not failed),
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--faults", type=int, default=len(faults.FAULTS), help="at least so many")
    parser.add_argument("--contacts", type=int, default=500, help="at least so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=20.0, help="no new fault after so long")
    parser.add_argument("--only", nargs="*", default=[], choices=[fault.__name__ for fault in faults.FAULTS])
    parser.add_argument("--add", action="store_true", help="to the pieces of the report that is there")
    parser.add_argument("--keep", action="store_true", help="keep the logs and say where they are")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    lacking = lacks()
    if lacking:
        print(f"the campaign cannot run: {'; '.join(lacking)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, interrupted)
    plan = Plan(given.faults, given.contacts, given.seed, given.minutes, given.only)
    pieces = _earlier(REPORT) if given.add else []
    one = piece(plan, keep=given.keep)
    pieces.append(one)
    show(one["checks"], f"Seed {plan.seed}")
    for title, row in one["by_fault"].items():
        print(f"{title:50} {row['count']:4}  well again after {row['median_s']:5} s, at most {row['max_s']:5} s")
    checks = total(pieces, plan)
    show(checks, "All pieces")
    write(REPORT, checks, {"pieces": pieces})
    return int(not all(line["pass"] for line in checks))


def _earlier(report: Path) -> list[dict[str, Any]]:
    if not report.exists():
        return []
    found: list[dict[str, Any]] = json.loads(report.read_text(encoding="utf-8"))["pieces"]
    return found


if __name__ == "__main__":
    sys.exit(main())
