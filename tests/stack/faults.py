"""The faults, one function each: breaks something, waits until it is whole again, and says what was measured.

A goal for a gap (see probes.py) is what the issue of the stack asks for plus the longest gap of the same kind
while nothing was broken: what a busy machine, and chance, make of it by themselves.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from simulator.checks import check
from store_node.settings import SHARDS
from store_node.view import UNREACHABLE
from tests.stack import system
from tests.stack.probes import Probes, Series, center_on
from tests.stack.system import RUNNING_SERVERS, SERVERS, System, wait

QUIET_S = 3.0
"""Of catch-up between two faults."""
RECOVERY_S = 60.0
FELT_S = 2.0
"""After so long a fault has been felt by whatever it hits."""
FEEDS = 12
SECOND_LOSS_AFTER_S = 60.0
IN_SECONDS = ", s"
"""How the name of a check of time ends."""
do = asyncio.to_thread
"""What breaks and mends takes a while, in which the probes must go on."""


@dataclass
class Scene:
    """What every fault works with, and the checks that came of it."""

    stack: System
    probes: Probes
    unknown_calls: Callable[[], int]
    """Calls of the players that failed though they were retried by the published policy."""
    checks: list[dict[str, Any]] = field(default_factory=list)
    limit: float = RECOVERY_S
    """Seconds until all must be well again, after a fault and before the next one."""
    title: str = ""
    _failed_before: int = 0

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def begin(self, title: str) -> float:
        """The moment of the fault."""
        self.title, self._failed_before = title, self.unknown_calls()
        return self.now()

    def at_most(self, what: str, seconds: float, goal: float) -> None:
        self.checks.append(
            check(f"{self.title}: {what}{IN_SECONDS}", round(seconds, 2), f"<= {goal:g}", seconds <= goal)
        )

    def none_of(self, what: str, count: int) -> None:
        self.checks.append(check(f"{self.title}: {what}", count, "== 0", count == 0))

    def no_failed_calls(self) -> None:
        self.none_of("failed calls", self.unknown_calls() - self._failed_before)

    def gap_at_most(self, what: str, gaps: list[Series], since: float, goal: float) -> None:
        """The longest of some series' gaps since a moment."""
        goal = round(goal + max(gap.quiet for gap in gaps), 2)
        self.at_most(what, max(gap.longest_gap(since) for gap in gaps), goal)

    async def whole(self, since: float, felt_s: float = FELT_S) -> float:
        """Waits until all probes succeed again, `felt_s` after a moment; after how many seconds they did."""
        # What succeeds in the first moments may have been on its way when the fault came.
        since += felt_s
        try:
            return await wait(lambda: self.probes.healthy_since(since), f"all is well after: {self.title}", self.limit)
        except TimeoutError as error:
            missed = ", ".join(self.probes.missed_since(since))
            load = f"{os.getloadavg()[0]:.1f} processes wanted a processor"
            raise TimeoutError(f"{error}; no success of: {missed}; {load}") from error

    async def catch_up(self, seconds: float) -> None:
        """Quiet time, in which the gaps of nothing are measured."""
        since = self.now()
        await asyncio.sleep(seconds)
        self.note_quiet(since)

    def note_quiet(self, since: float) -> None:
        for series in self.probes.everything:
            series.quiet = max(series.quiet, series.longest_gap(since))

    def shard_gaps(self, since: float, hit: int) -> None:
        """Writes to the shard whose primary was lost, and to the others."""
        shards = self.probes.shards
        self.gap_at_most("writes to the hit shard", [shards[hit]], since, 5.0)
        if shards[hit].longest_gap(since) < 1.0:
            self.checks.append(check(f"{self.title}: was felt", False, "True", False))
        others = [series for shard, series in shards.items() if shard != hit]
        self.gap_at_most("writes to other shards", others, since, 0.2)


async def nothing(scene: Scene) -> None:
    """What the gaps are when nothing is broken: the ground on which the others stand."""
    since = scene.begin("nothing broken")
    await asyncio.sleep(8.0)
    scene.note_quiet(since)
    probes = scene.probes
    scene.at_most("virtual address", probes.address.longest_gap(since), 0.5)
    scene.at_most("writes", max(one.longest_gap(since) for one in probes.shards.values()), 1.0)
    scene.at_most("offers", probes.offers.longest_gap(since), 2.0)
    scene.at_most("feed", probes.feed.longest_gap(since), 1.0)
    scene.no_failed_calls()


async def server_killed(scene: Scene) -> None:
    since = scene.begin("server killed")
    await do(scene.stack.servers[0].kill)
    await scene.whole(since)
    scene.gap_at_most("feed", [scene.probes.feed], since, 1.0)
    await do(scene.stack.servers[0].start)
    await scene.stack.server_up(0)
    scene.no_failed_calls()


async def servers_restarted(scene: Scene) -> None:
    since = scene.begin("rolling restart of servers")
    for number in range(RUNNING_SERVERS):
        await _restart(scene, number)
    await scene.whole(since)
    scene.gap_at_most("feed", [scene.probes.feed], since, 1.0)
    scene.no_failed_calls()


async def _restart(scene: Scene, number: int) -> None:
    server = scene.stack.servers[number]
    await do(server.signal, signal.SIGTERM)
    await wait(lambda: not server.running, f"server {number + 1} drains", 30.0)
    await do(server.start)
    await scene.stack.server_up(number)
    # The balancers must have seen it before the next one goes.
    await asyncio.sleep(1.5)


async def dispatchers_killed(scene: Scene) -> None:
    since = scene.begin("dispatchers killed in turn")
    for number, dispatcher in enumerate(scene.stack.dispatchers):
        await do(dispatcher.kill)
        await asyncio.sleep(1.5)
        await do(dispatcher.start)
        await scene.stack.dispatcher_up(number)
    await scene.whole(since)
    scene.gap_at_most("offers", [scene.probes.offers], since, 1.0)
    scene.no_failed_calls()


async def balancer_process_killed(scene: Scene) -> None:
    await _lose_balancer(scene, "HAProxy killed on the owner", scene.stack.kill_balancer_process, 3.0)


async def balancer_killed(scene: Scene) -> None:
    await _lose_balancer(scene, "balancer killed", scene.stack.kill_balancer, 1.0)


async def _lose_balancer(scene: Scene, title: str, lose: Callable[[int], None], goal: float) -> None:
    owner = await _owner(scene)
    since = scene.begin(title)
    await do(lose, owner)
    await wait(lambda: system.owner(scene.stack) == 1 - owner, "the other one has the address")
    await _clients_back(scene, since, goal)
    await do(scene.stack.restore_balancer, owner)


async def balancer_cut(scene: Scene) -> None:
    owner = await _owner(scene)
    since = scene.begin("balancer's network cut")
    await do(scene.stack.cut_balancer, owner)
    try:
        await wait(lambda: scene.stack.holds_address(1 - owner), "the other one has the address")
        await _clients_back(scene, since, 1.0)
    finally:
        await do(scene.stack.mend_balancer, owner)


async def _owner(scene: Scene) -> int:
    await wait(lambda: system.owner(scene.stack) >= 0, "somebody has the address")
    await asyncio.sleep(3.0)  # the other one must be ready to take it
    return system.owner(scene.stack)


async def _clients_back(scene: Scene, since: float, goal: float) -> None:
    await scene.whole(since)
    scene.gap_at_most("virtual address", [scene.probes.address], since, goal)
    # A client whose connection was swallowed notices by its keepalive: 5 s of silence and 2 s of patience.
    scene.gap_at_most("clients go on", list(scene.probes.shards.values()), since, 9.0)


async def store_process_killed(scene: Scene) -> None:
    await _balanced(scene)
    since = scene.begin("store process killed")
    await do(scene.stack.kill_store_process, 1, 1)
    await scene.whole(since)
    scene.shard_gaps(since, 1)
    await _balanced(scene)


async def _balanced(scene: Scene) -> None:
    await system.balanced(scene.stack.membership)


async def store_node_killed(scene: Scene) -> None:
    await _lose_node(scene, 2, "store node killed")


async def another_store_node_killed(scene: Scene) -> None:
    await asyncio.sleep(SECOND_LOSS_AFTER_S)
    await _lose_node(scene, 3, "another store node killed 60 s later")


async def _lose_node(scene: Scene, node: int, title: str) -> None:
    await _balanced(scene)
    since = scene.begin(title)
    await do(scene.stack.stores[node - 1].kill)
    await scene.whole(since)
    scene.shard_gaps(since, node)
    await do(scene.stack.stores[node - 1].start)
    await _balanced(scene)


async def store_node_parted(scene: Scene) -> None:
    """The node hears neither of its peers; servers and we hear it. It must acknowledge nothing."""
    await _balanced(scene)
    since = scene.begin("store node cut from its peers")
    await do(scene.stack.part_store, 1)
    try:
        # The first moment of the parting is the dangerous one: it still believes itself primary.
        acknowledged = await asyncio.to_thread(_write_to_minority, scene, 8.0)
        await scene.whole(since)
    finally:
        await do(scene.stack.join_store, 1)
    scene.none_of("writes acknowledged on the minority's side", acknowledged)
    scene.shard_gaps(since, 1)
    await _balanced(scene)


def _write_to_minority(scene: Scene, seconds: float) -> int:
    """How many writes, tried for so long at the node that is cut off, were confirmed by a replica."""
    process = scene.stack.as_servers(1, 1)
    confirmed, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(*UNREACHABLE):
            process.ask("SET", "{hello}:", "minority")
            confirmed += process.ask("WAIT", 1, 100) != 0
    process.close()
    return confirmed


async def everything_killed(scene: Scene) -> None:
    await _balanced(scene)
    since = scene.begin("everything killed at once")
    await do(scene.stack.kill)
    await do(scene.stack.start)
    took = await scene.whole(since)
    scene.at_most("all is well again", took, 45.0)
    await _balanced(scene)


async def scaled(scene: Scene) -> None:
    """2, 4, 2 servers while feeds are open: they spread without a client doing anything."""
    since = scene.begin("scaled 2, 4, 2 servers")
    async with _feeds(scene):
        await scene.stack.scale(SERVERS)
        took = await wait(lambda: _spread_now(scene.stack), "feeds spread over four servers", RECOVERY_S)
        scene.at_most("feeds spread", took, 40.0)
        await scene.stack.scale(RUNNING_SERVERS)
        await scene.whole(since)
    scene.gap_at_most("feed", [scene.probes.feed], since, 1.0)
    scene.no_failed_calls()


async def _spread_now(stack: System) -> bool:
    return _spread(await do(stack.streams))


def _spread(streams: list[int]) -> bool:
    """Every server has a fair share of the open feeds."""
    return len(streams) == SERVERS and sum(streams) >= FEEDS and min(streams) >= sum(streams) // (2 * SERVERS)


@asynccontextmanager
async def _feeds(scene: Scene) -> AsyncIterator[None]:
    """Some feeds of one client, as a platform has."""
    async with scene.stack.client() as client:

        async def read(number: int) -> None:
            async with client.watch(center_on(number % SHARDS + 1), checkpoint_interval=2.0) as feed:
                async for _ in feed:
                    pass

        tasks = [asyncio.create_task(read(number)) for number in range(FEEDS)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            faults = [one for one in ended if not isinstance(one, asyncio.CancelledError)]
            scene.none_of("feeds that ended for good", len(faults))


Fault = Callable[[Scene], Awaitable[None]]
FAULTS: tuple[Fault, ...] = (
    nothing,
    server_killed,
    servers_restarted,
    dispatchers_killed,
    balancer_process_killed,
    balancer_killed,
    balancer_cut,
    store_process_killed,
    store_node_killed,
    another_store_node_killed,
    store_node_parted,
    scaled,
    everything_killed,
)
