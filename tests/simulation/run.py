"""One run from one seed."""

import asyncio
import contextlib
import gc
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from unittest import mock

import structlog

from acd_server import feed
from acd_server.feed_events import FeedEvent, feed_event
from acd_server.store.events import StoredEvent
from tests.simulation.center import Center
from tests.simulation.faults import Faults
from tests.simulation.judge import Judge, Wanted
from tests.simulation.loop import Stuck, VirtualLoop
from tests.simulation.network import Host, Network
from tests.simulation.players import Desktop, Observer, Platform
from tests.simulation.shard import Shard
from tests.simulation.system import System
from tests.simulation.trace import Note, Trace, digest

ORDERS_S = 6.0
"""Contacts come, and faults begin, within this time."""
PATIENCE_S = 25.0
"""All must be at rest this long after the last fault has healed."""


@dataclass(frozen=True)
class Result:
    seed: int
    violations: list[str]
    counts: dict[str, int]
    steps: int
    virtual_s: float
    latest: dict[str, float]
    """How long the slowest of each kind took that the judge has a limit for."""
    notes: list[Note]

    @property
    def lines(self) -> list[str]:
        return [str(note) for note in self.notes]

    @property
    def digest(self) -> str:
        return digest(self.notes)


class Run:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = dice = Random(seed)
        self.loop = loop = VirtualLoop(Random(dice.random()))
        self.trace = Trace(loop)
        self.double = dice.random() < 0.1
        kept = dice.choice((10_000, 10_000, 10_000, 40))
        centers = ("alpha", "beta")[: dice.choice((1, 2))]
        agents = {"ann": "", "bob": "cards", "cyd": ""}
        self.shard = Shard(
            loop, Random(dice.random()), self.trace, lambda: {c: Center(c, f"i-{c}", agents, kept) for c in centers}
        )
        self.centers = centers
        self.judge = Judge(loop, self.shard, self.trace)

    async def play(self) -> None:
        dice, loop, judge = self.dice, self.loop, self.judge
        network = Network(loop, Random(dice.random()), self.trace)
        network.on_feed = judge.sent
        system = System(loop, network, self.shard, servers=2, dispatchers=dice.choice((1, 2, 2)))
        faults = Faults(system, Random(dice.random()), judge, self.trace, seed=self.seed, double=self.double)
        await asyncio.sleep(0.1)
        for number, observer in enumerate(self._observers(system)):
            host = Host(f"client-{number}", loop)
            faults.clients.append(host.name)
            host.spawn(observer.run(), "run")
        orders = sorted((dice.uniform(0.0, ORDERS_S), dice.choice(self.centers)) for _ in range(dice.randrange(6, 16)))
        platform = Host("platform", loop).spawn(
            Platform(system.client, Random(dice.random()), judge).run(orders), "run"
        )
        for _ in range(dice.randrange(0, 6)):
            loop.later(dice.uniform(0.3, ORDERS_S), faults.begin)
        judge.disturbed(loop.time() + 1.0)
        await self._watch(platform)

    def _observers(self, system: System) -> Iterator[Observer]:
        dice = self.dice
        for center in self.centers:
            yield Desktop(system.client, Random(dice.random()), self.judge, Wanted(center))
        for _ in range(2):
            center = dice.choice(self.centers)
            wanted = dice.choice(
                (
                    Wanted(center),
                    Wanted(center),
                    Wanted(center, owner="left"),
                    Wanted(center, agent="bob"),
                    Wanted(center, skill="cards"),
                )
            )
            yield Observer(system.client, Random(dice.random()), self.judge, wanted, dice.choice((0.0, 0.0, 0.1, 0.6)))

    async def _watch(self, platform: asyncio.Task[None]) -> None:
        """Looks on until all is at rest, and judges."""
        loop, judge = self.loop, self.judge
        while True:
            await asyncio.sleep(0.1)
            judge.look()
            if loop.time() < ORDERS_S + 0.5:
                continue
            rested = platform.done() and self.shard.up and judge.at_rest()
            if rested or loop.time() > max(judge.well_at, ORDERS_S) + PATIENCE_S:
                break
        judge.verdict(rested=rested)
        if platform.done() and platform.exception():
            self.trace.violation(f"the platform failed: {platform.exception()!r}")
        for fault in loop.faults:
            self.trace.violation(fault)


def run(seed: int) -> Result:
    """Plays the run of a seed. The same seed gives the same result, line by line."""
    state = random.getstate()
    random.seed(seed)
    made = mock.patch.object(feed, "feed_event", _made_once(feed_event))
    with _quiet(), _sizes(seed), made:
        game = Run(seed)
        loop = game.loop
        try:
            loop.run_until_complete(game.play())
        except Stuck as stuck:
            game.trace.violation(f"stuck: {stuck}")
        finally:
            notes, steps, ended = game.trace.notes[:], loop.steps, loop.time()
            _unwind(loop)
            random.setstate(state)
    trace, judge = game.trace, game.judge
    return Result(seed, trace.violations, judge.counts, steps, ended, judge.latest, notes)


def _unwind(loop: VirtualLoop) -> None:
    """Ends every task in good order, those of killed processes too."""
    loop.revive_all()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    with contextlib.suppress(Stuck, TimeoutError, RuntimeError):  # what is left is left
        loop.run_until_complete(asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60.0))
    loop.close()


def _sizes(seed: int) -> contextlib.AbstractContextManager[object]:
    """In one run of four feeds fall behind the ring, and histories and snapshots take many pages."""
    if seed % 8 in (0, 5):
        return mock.patch.multiple(feed, RING=8, BATCH=3, SNAPSHOT_PAGE=2)
    return contextlib.nullcontext()


def _made_once(make: Callable[[str, str, StoredEvent], FeedEvent]) -> Callable[[str, str, StoredEvent], FeedEvent]:
    """Both servers make the same message of an event, of what is stored alone; it is most of a reader's time."""
    known: dict[tuple[str, str, int, str], FeedEvent] = {}

    def once(center: str, incarnation: str, stored: StoredEvent) -> FeedEvent:
        key = (center, incarnation, stored.sequence, "\0".join(stored.fields.values()))
        if (made := known.get(key)) is None:
            made = known[key] = make(center, incarnation, stored)
        return made

    return once


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without logs, which would take most of the time, and without collections at moments that nobody chose."""
    config = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        structlog.configure(**config)
