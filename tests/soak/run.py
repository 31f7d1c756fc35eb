"""A soak from its beginning to its checks."""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acd_client import AcdClient
from acd_server.errors import AcdError
from acd_server.feed import RING
from acd_server.store import Store
from simulator.books import compare
from simulator.checks import check
from tests.soak.churn import BEHIND_S, Visitors, opening_hours, temporary
from tests.soak.floor import RACES, Floor
from tests.soak.stage import Stage, Times
from tests.soak.trend import BLOCKS, Trend, trend
from tests.stack.system import wait
from tests.store import consistency

SAMPLE_S = 2.0
ENOUGH = 5 * BLOCKS
"""Samples that a run has at least, however slow the machine is."""
FIRST_RATE = 20.0
"""Contacts a second of all centers with which the search for the load begins."""
SEARCHES, SEARCH_S, SETTLE_S = 2, 20.0, 8.0
DRAIN_S = 60.0
FILL_S = 180.0
RESTLESS = (
    "server files", "server tasks", "server open feeds", "server open streams", "server threads", "dispatcher threads"
)  # fmt: skip
"""What goes up and down with every call and feed: a slope of a few percent drowns in it, so that it must not be
certain, and how much there is at rest is compared."""
A_FEW = 3.0
"""Of these, that a run's second half may have more. They are whole: gRPC's pool takes a thread when work waits, and
one more beside eight, once, is a line of + 59 ± 25 %/h through the quarter of an hour in which it came."""
AT_REST = (*RESTLESS, "dispatcher files", "store connections")
SPARE = 10
"""Of each of these, that a router at rest may have more than before the run: what is opened when it is needed first."""
FOLLOWS = ("store keys", "store memory, MiB")
"""What follows how much there should be: contacts and requests that the router still has to know."""
Checks = list[dict[str, Any]]


@dataclass(frozen=True)
class Bounds:
    """How much a slope may be, in percent per hour. A short run can only be asked for less."""

    memory: float = 10.0
    """Of a server of 100 MiB: 10 MiB an hour, some 30 bytes for each contact of half a core, less than any object."""
    counts: float = 25.0
    """Of fifty files: a dozen an hour, of some 5,000 feeds that come and go."""
    shown: bool = True
    """Whether the run is long enough to exclude growth beyond the bound, with 95 % confidence."""

    def passed(self, name: str, found: Trend) -> bool:
        if self.excluded(name):
            return found.most <= self.of(name)
        return found.least <= self.of(name) or (name in RESTLESS and found.grown <= A_FEW)

    def excluded(self, name: str) -> bool:
        """Whether growth beyond the bound must be excluded; else it must not be certain."""
        return self.shown and name not in RESTLESS

    def of(self, name: str) -> float:
        return self.memory if "memory" in name else self.counts


SHORT = Bounds(memory=1500.0, counts=1500.0, shown=False)
"""Of half a minute, while Python's heap finds its size: a tenth more in its second half is too much."""


@dataclass(frozen=True)
class Plan:
    minutes: float
    cell: str
    centers: int
    seed: int
    times: Times
    bounds: Bounds
    half: float = 0.5
    """Of a core that the server is to use."""
    rate: float = 0.0
    """Contacts a second; 0: as many as make `half`."""
    leak: str = ""


@dataclass
class Soak:
    """What a run has found so far."""

    plan: Plan
    times: list[float] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)
    due: list[float] = field(default_factory=list)
    """Contacts and requests that the router has to know, at each sample."""
    load: list[float] = field(default_factory=list)
    """Of the machine, at each sample: processes that want to run."""
    checks: Checks = field(default_factory=list)
    """Grows as the run goes: what was measured is kept, whatever comes after it."""
    chosen: list[dict[str, float]] = field(default_factory=list)
    """How the rate was found."""
    slopes: dict[str, Trend] = field(default_factory=dict)
    rate: float = 0.0
    share: float = 0.0
    """Of a core that the server took, over the whole run."""
    counts: Counter[str] = field(default_factory=Counter)
    """What the players met, by name."""
    feeds: Counter[str] = field(default_factory=Counter)
    """How feeds that came and went ended."""

    async def run(self) -> Checks:
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(self.plan.cell, Path(folder), self.plan.times, self.plan.leak)
            async with stage, AcdClient(stage.target) as client:
                floors = [Floor(client, f"soak{number}", self.plan.seed) for number in range(self.plan.centers)]
                visitors = Visitors(stage.target, floors, self.plan.seed, min(BEHIND_S, self.plan.times.retention))
                for floor in floors:
                    await floor.open()
                    await floor.set_retention(self.plan.times.retention)
                    await floor.hire(FIRST_RATE / len(floors))
                before = await stage.sample()
                async with _playing(floors):
                    await self._choose(stage, floors)
                    if not self.plan.bounds.shown:
                        await _filled(floors, self.plan.times.history)
                    async with _coming_and_going(floors, visitors):
                        await self._watch(stage, floors)
                    self.checks += self._flat()
                    await _drained(floors)
                self.counts, self.feeds = sum((floor.counts for floor in floors), Counter()), visitors.ended
                self.checks += _books(floors) + _churned(floors, visitors, self.plan)
                self.checks += await _nothing_left(stage, floors, self.plan)
                self.checks += _at_rest(before, await stage.sample())
                return self.checks

    async def _choose(self, stage: Stage, floors: Sequence[Floor]) -> None:
        """The rate that makes the wanted load, by what a contact costs the server's processor at the last rate."""
        self.rate = self.plan.rate or FIRST_RATE
        idle = 0.0 if self.plan.rate else await _server_share(stage, SETTLE_S)
        for _ in range(0 if self.plan.rate else SEARCHES):
            await self._set(floors)
            await asyncio.sleep(SETTLE_S)
            before = sum(len(floor.feed_book.states) for floor in floors)
            share = await _server_share(stage, SEARCH_S)
            came = (sum(len(floor.feed_book.states) for floor in floors) - before) / SEARCH_S
            found = {"rate": self.rate, "came": came, "idle share": idle, "share": share}
            self.chosen.append({name: round(value, 3) for name, value in found.items()})
            self.rate = (self.plan.half - idle) * came / (share - idle)
        await self._set(floors)

    async def _set(self, floors: Sequence[Floor]) -> None:
        for floor in floors:
            await floor.hire(self.rate / len(floors))
            floor.rate = self.rate / len(floors)

    async def _watch(self, stage: Stage, floors: Sequence[Floor]) -> None:
        loop = asyncio.get_running_loop()
        begun, busy = loop.time(), stage.server_seconds()
        while (now := loop.time()) < begun + 60 * self.plan.minutes or len(self.times) < ENOUGH:
            self.times.append(now - begun)
            self.samples.append(await stage.sample())
            self.due.append(_due(floors, now, self.plan.times))
            self.load.append(os.getloadavg()[0])
            await asyncio.sleep(begun + SAMPLE_S * len(self.times) * self._pace - loop.time())
        self.share = (stage.server_seconds() - busy) / (loop.time() - begun)

    @property
    def _pace(self) -> float:
        """Short runs are sampled more often."""
        return min(1.0, self.plan.minutes / 5)

    def trends(self) -> dict[str, Trend]:
        return {
            name: trend(self.times, [one[name] for one in self.samples], self.due if name in FOLLOWS else None)
            for name in self.samples[0]
        }

    def _flat(self) -> Checks:
        bounds, self.slopes = self.plan.bounds, self.trends()
        return [
            check(name, str(found), _goal(bounds, name), bounds.passed(name, found))
            for name, found in self.slopes.items()
        ]


def _goal(bounds: Bounds, name: str) -> str:
    limit = f"{bounds.of(name):g} %/h"
    if bounds.excluded(name):
        return f"at most {limit}"
    also = f" and {A_FEW:g}" if name in RESTLESS else ""
    return f"not certainly more than {limit}{also}"


def _due(floors: Sequence[Floor], now: float, times: Times) -> float:
    """Contacts that are open or kept, and requests that are remembered."""
    total = 0
    for floor in floors:
        for kept, seconds in ((floor.ends, times.retention), (floor.asked, times.remembered)):
            while kept and kept[0] < now - seconds:
                kept.popleft()
            total += len(kept)
        total += floor.open_contacts + len(floor.ends)
    return total


async def _server_share(stage: Stage, seconds: float) -> float:
    """Part of a core that the server takes."""
    loop = asyncio.get_running_loop()
    begun, busy = loop.time(), stage.server_seconds()
    await asyncio.sleep(seconds)
    return (stage.server_seconds() - busy) / (loop.time() - begun)


@asynccontextmanager
async def _playing(floors: Sequence[Floor]) -> AsyncIterator[None]:
    """Everybody at work; whoever fails makes the run fail."""
    async with asyncio.TaskGroup() as group:
        playing = [group.create_task(floor.play(), name=floor.center) for floor in floors]
        yield
        for task in playing:
            task.cancel()


@asynccontextmanager
async def _coming_and_going(floors: Sequence[Floor], visitors: Visitors) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        group.create_task(visitors.play())
        group.create_task(opening_hours(floors, visitors.closing))
        for floor in floors:
            group.create_task(temporary(floor))
        yield
        visitors.closing.set()
        for floor in floors:
            floor.closing.set()


async def _filled(floors: Sequence[Floor], history: int) -> None:
    """What keeps the newest events is full, in the store and in the server: a short run begins with that."""
    full = max(history, RING)
    await wait(lambda: all(floor.oracle.verdict.events >= full for floor in floors), "there is history", FILL_S)


async def _drained(floors: Sequence[Floor]) -> None:
    """Nobody is there any more, and every end was told by an answer."""
    over = lambda: not any(floor.open_contacts or floor.client_book.unfinished() for floor in floors)  # noqa: E731 - asked often
    await wait(over, "every contact comes to its end", DRAIN_S)


def _books(floors: Sequence[Floor]) -> Checks:
    balances = [compare(floor.client_book, floor.feed_book) for floor in floors]
    verdicts = [floor.oracle.verdict for floor in floors]
    lost = sum(len(one.lost) for one in balances)
    doubles = sum(len(one.doubles) for one in balances) + sum(one.doubles for one in verdicts)
    order = sum(one.order_violations for one in verdicts)
    states = sum(one.state_faults for one in verdicts)
    gaps = sum(one.feed_faults for one in verdicts)
    examples = [text for one in verdicts for text in one.examples][:3]
    return [
        check("contacts", sum(one.offered for one in balances), "> 0", all(one.offered for one in balances)),
        check("acknowledged contacts lost", lost, "== 0", lost == 0),
        check("double assignments", doubles, "== 0", doubles == 0),
        check("order violations", order if not order else f"{order}: {examples}", "== 0", order == 0),
        check("state faults", states if not states else f"{states}: {examples}", "== 0", states == 0),
        check("feed gaps or duplicates", gaps, "== 0", gaps == 0),
        check(
            "books agree", all(one.agree for one in balances), "contact by contact", all(one.agree for one in balances)
        ),
    ]


def _churned(floors: Sequence[Floor], visitors: Visitors, plan: Plan) -> Checks:
    counts = sum((floor.counts for floor in floors), Counter())
    repeated, changed = counts["repeated"], sum(floor.changed for floor in floors)
    strange = {
        name: count
        for name, count in counts.items()
        if name.startswith("refused: ") and name.removeprefix("refused: ") not in RACES
    }
    feeds = visitors.ended.total()
    return [
        check("feeds that came and went", feeds, f">= {20 * plan.minutes:.0f}", feeds >= 20 * plan.minutes),
        check("feeds that failed", visitors.faults[:3] or 0, "== 0", not visitors.faults),
        check("refusals other than races", strange or 0, "== 0", not strange),
        check("repeated requests answered otherwise", changed, f"== 0 of {repeated}", changed == 0),
    ]


async def _nothing_left(stage: Stage, floors: Sequence[Floor], plan: Plan) -> Checks:
    """When the retention is over the store tells of nobody any more, and the server holds nothing."""

    async def over() -> bool:
        return not await asyncio.to_thread(stage.named)

    with suppress(TimeoutError):
        await wait(over, "what is over is forgotten", plan.times.retention + 30.0)
    left = await asyncio.to_thread(stage.leftovers)
    immortal = await asyncio.to_thread(stage.immortal)
    faults = stage.faults()
    difference = await _indexes(stage, floors)
    return [
        check("keys that tell of what is over", f"{len(left)}: {left[:3]}" if left else 0, "== 0", not left),
        check("remembered requests that never expire", immortal, "== 0", immortal == 0),
        check("indexes agree with documents", difference or True, "True", not difference),
        check("faults in the logs", faults[:3] or 0, "== 0", not faults),
    ]


def _at_rest(before: dict[str, float], after: dict[str, float]) -> Checks:
    """The router holds as much as before the first contact."""
    return [
        check(f"{name} at rest", after[name], f"<= {before[name]:g} + {SPARE}", after[name] <= before[name] + SPARE)
        for name in AT_REST
    ]


async def _indexes(stage: Stage, floors: Sequence[Floor]) -> str:
    store = await Store.open(stage.store.url)
    try:
        for floor in floors:
            await consistency.check(store, floor.center)
    except AssertionError as error:
        return str(error)[:300] or "they differ"
    except AcdError as error:
        return f"not compared: {error.reason}"
    finally:
        await store.close()
    return ""
