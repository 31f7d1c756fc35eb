"""One piece of a campaign: from its network to its record."""

import asyncio
import json
import os
import random
import shutil
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.checks import check
from tests.campaign import faults
from tests.campaign.arena import Arena, Deck, Fault
from tests.campaign.centers import Center, at_work, center_names
from tests.campaign.checker import Window, uncovered
from tests.campaign.process_faults import POINTS_OF
from tests.campaign.stage import Stage
from tests.campaign.starvation import Starvation
from tests.stack.faults import Scene
from tests.stack.network import new_folder
from tests.stack.parts import ROOT
from tests.stack.probes import Probes
from tests.stack.rows import inject
from tests.stack.system import RUNNING_SERVERS, balanced
from tests.stack.trial import Checks, running
from tools import fetch_json_module

QUIET_S = 0.3
"""Between two faults, if nothing else is asked for."""
PROBE_S = 0.15
LATELY_S = 3.0
"""Everything that is watched must have had a success in this time, all of it after the fault, and so all is well."""
LIMIT_S = 120.0
"""Until all must be well again: other programs may want the processors, too. How long it took is in the table."""
GRACE = 3_000_000
"""Microseconds after a fault in which what it delayed may still come late: a failover's length."""
LEAST = 0.45
"""Share of the faults that are drawn from those of store nodes."""


@dataclass
class Plan:
    """What was asked for."""

    faults: int
    contacts: int
    seed: int
    minutes: float
    only: list[str]
    store: str = "valkey9"
    documents: str = "json"
    tempo: str = "brisk"
    quiet: float = QUIET_S
    """Seconds between two faults."""


@dataclass
class Campaign:
    """Draws the faults, injects them, and remembers when something was broken."""

    plan: Plan
    stage: Stage
    centers: list[Center] = field(default_factory=list)
    broken: list[Window] = field(default_factory=list)
    healed: dict[str, list[float]] = field(default_factory=dict)
    """Seconds from the beginning of a fault until all was well, by its title."""
    starved: list[Window] = field(default_factory=list)
    """When the machine let nobody run."""
    on_store: int = 0
    play_s: float = 0.0
    judged_s: float = 0.0
    """Of the play, the time in which nothing was broken and everybody could run: timers are judged by it."""

    def draw(self) -> Iterator[Any]:
        """Faults for the trial, until there were enough of them and of contacts, or the time is over."""
        dice = random.Random(self.plan.seed)
        decks = {name: Deck(dice, points) for name, points in POINTS_OF.items()}
        until = time.monotonic() + 60 * self.plan.minutes
        possible = faults.of(self.plan.store, self.plan.documents)
        groups = {"store": faults.ON_STORE, "else": faults.ELSEWHERE, "rare": faults.RARE}
        chosen = Deck(dice, [fault for fault in possible if fault.__name__ in self.plan.only])
        kinds: dict[str, Deck[Fault]] = {
            name: Deck(dice, [fault for fault in group if fault in possible]) for name, group in groups.items()
        }
        while not self._enough() and time.monotonic() < until:
            fault = chosen.draw(1)[0] if self.plan.only else self._any(dice, kinds)
            yield self._injected(fault, random.Random(dice.getrandbits(64)), decks)

    def _any(self, dice: random.Random, kinds: dict[str, Deck[Fault]]) -> Fault:
        """A good third of them on store nodes; each kind comes as often as the others of its group."""
        if dice.random() < faults.SELDOM:
            return kinds["rare"].draw(1)[0]
        (fault,) = kinds["store" if dice.random() < LEAST else "else"].draw(1)
        return fault

    @property
    def count(self) -> int:
        return sum(map(len, self.healed.values()))

    @property
    def acknowledged(self) -> int:
        return sum(center.acknowledged for center in self.centers)

    def _enough(self) -> bool:
        return self.count >= self.plan.faults and self.acknowledged >= self.plan.contacts

    def _injected(self, fault: Fault, dice: random.Random, decks: dict[str, Deck[str]]) -> Any:
        async def inject(scene: Scene) -> None:
            begun, clock = time.time(), time.monotonic()
            arena = Arena(scene, self.stage, dice, self.centers, decks)
            try:
                await fault(arena)
            finally:
                ended = int((time.time() + arena.ahead) * 1e6) + GRACE
                self.broken.append(Window(int(begun * 1e6), ended))
            self.healed.setdefault(scene.title, []).append(round(time.monotonic() - clock, 1))
            self.on_store += fault in faults.ON_STORE

        inject.__name__ = fault.__name__
        return inject

    async def run(self, checks: Checks) -> None:
        """Plays, breaks, and judges; adds to `checks` as it goes: what was found is kept, whatever comes after it."""
        self.stage.start()
        await balanced(self.stage.membership)
        for number in range(RUNNING_SERVERS):
            await self.stage.server_up(number)
        async with (
            self.stage.client() as client,
            at_work(self.stage, client, center_names(), self.plan.tempo) as self.centers,
        ):
            witnesses = [center.witness for center in self.centers]
            probes = Probes(self.stage.target, client, *witnesses, pause=PROBE_S, lately=LATELY_S)
            await probes.prepare()
            scene = Scene(self.stage, probes, self._unknown_calls, checks, LIMIT_S)
            starvation = Starvation(lambda: [part.pid for part in self.stage.parts if part.running])
            begun, since = time.monotonic(), time.time()
            async with running(starvation.watch()):
                async with running(probes.run()):
                    await inject(scene, self.draw(), self.plan.quiet)
                self.play_s, until = time.monotonic() - begun, time.time()
                for found in await asyncio.gather(*(center.drain() for center in self.centers)):
                    checks += found
            self.starved = [Window(*times) for times in starvation.times]
            played = Window(int(since * 1e6), int(until * 1e6))
            self.judged_s = uncovered(played, [*self.broken, *self.starved]) / 1e6
            for center in self.centers:
                checks += await center.judge(client, self.stage, [*self.broken, *self.starved])
            if not all(line["pass"] for line in checks):
                self._keep()

    def _unknown_calls(self) -> int:
        return sum(center.players.unknown_calls() for center in self.centers)

    def _keep(self) -> None:
        """Writes the feeds and the times of the faults down, for whoever has to find out what went wrong."""
        for center in self.centers:
            center.witness.keep(self.stage.folder / f"feed-{center.name}.jsonl")
        windows = [(window.begun, window.ended) for window in (*self.broken, *self.starved)]
        (self.stage.folder / "broken.json").write_text(json.dumps(windows), encoding="utf-8")

    def points(self) -> dict[str, int]:
        """How often each failpoint acted, of what the processes said."""
        acted: Counter[str] = Counter()
        for part in (*self.stage.servers, *self.stage.dispatchers):
            for line in part.said().splitlines():
                if line.startswith('{"failpoint": '):
                    acted[json.loads(line)["failpoint"]] += 1
        return dict(sorted(acted.items()))


def piece(plan: Plan, *, keep: bool) -> tuple[dict[str, Any], Checks]:
    """Its record, and the checks that it rests on."""
    module = ""
    if plan.documents == "json":
        module = str(fetch_json_module.fetch())
    folder, load = new_folder(), os.getloadavg()[1]
    checks: Checks = []
    stage = Stage(folder, plan.store, module)
    campaign = Campaign(plan, stage)
    try:
        stage.mount()
        stage.network.make()
        stage.network.enter("client")
        asyncio.run(campaign.run(checks))
    except Exception:  # noqa: BLE001 - whatever it is, the report says it and everything is cleaned up
        traceback.print_exc()
        checks.append(check("ran to the end", False, "True", False))
    finally:
        stage.kill()
        stage.network.remove()
    record = _record(plan, campaign, checks, (load + os.getloadavg()[1]) / 2)
    stage.unmount()
    if keep or record["violations"]:
        # Not where it is: the next run clears the folders of those that have ended away.
        kept = ROOT / "out" / f"campaign-logs-{plan.seed}"
        shutil.rmtree(kept, ignore_errors=True)
        kept.parent.mkdir(exist_ok=True)
        record["logs"] = str(shutil.move(folder, kept))
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return record, checks


def _record(plan: Plan, campaign: Campaign, checks: Checks, load: float) -> dict[str, Any]:
    return {
        "seed": plan.seed,
        "commit": _commit(),
        "store": f"{plan.store}-{plan.documents}",
        "tempo": plan.tempo,
        "play_s": round(campaign.play_s),
        "load": round(load, 1),
        "judged_s": round(campaign.judged_s),
        "starved_s": round(sum(window.ended - window.begun for window in campaign.starved) / 1e6),
        "contacts": campaign.acknowledged,
        "faults": campaign.count,
        "store_faults": campaign.on_store,
        "violations": [f"{line['name']}: {line['value']}" for line in checks if not line["pass"]],
        "healed_s": dict(sorted(campaign.healed.items())),
        "points": campaign.points(),
    }


def _commit() -> str:
    """Of the code that runs; with a `+` when it is not quite that."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "acd_server", "dispatcher", "clients", "redis", "tests", "haproxy")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
