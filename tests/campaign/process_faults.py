"""Faults of servers and dispatchers, and of what reads from them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from acd_server.failpoints import POINTS
from store_node.settings import SHARDS
from tests.campaign.arena import FELT_S, Arena, flush, unsubscribe
from tests.stack.faults import do
from tests.stack.parts import Part
from tests.stack.probes import center_on
from tests.stack.system import wait

POINTS_S = 5.0
"""Time for which failpoints are armed."""
STARTED_S = 20.0
"""Within this a process has begun, whatever becomes of it."""
ARMED_LINE = '"failpoints_armed"'
POINTS_OF = {
    "server": tuple(point for point in POINTS if not point.startswith("dispatcher")),
    "dispatcher": tuple(point for point in POINTS if point.startswith("dispatcher")),
}
ARMED = {"server": 6, "dispatcher": 3}
"""How many of them at once."""
STUCK_FEEDS = 20


async def server_killed(arena: Arena) -> None:
    """F1."""
    number = arena.server()
    await _killed(arena, "server killed", arena.stack.servers[number], lambda: arena.stack.server_up(number))


async def _killed(arena: Arena, title: str, part: Part, up: Callable[[], Awaitable[None]]) -> None:
    arena.scene.begin(title)
    await do(part.kill)
    await asyncio.sleep(arena.dice.uniform(0, FELT_S))
    await do(part.start)
    await up()
    await arena.well()


async def server_restarted(arena: Arena) -> None:
    """F2: one of a rolling restart."""
    number = arena.server()
    arena.scene.begin("server restarted")
    server = arena.stack.servers[number]
    await do(server.signal, signal.SIGTERM)
    await wait(lambda: not server.running, "it drains", 30.0)
    await do(server.start)
    await arena.stack.server_up(number)
    await arena.well()


async def server_stopped(arena: Arena) -> None:
    """F4, of a server: it neither answers nor dies."""
    await _stopped(arena, "server stopped", arena.stack.servers[arena.server()], arena.dice.uniform(0.5, 6.0))


async def dispatcher_killed(arena: Arena) -> None:
    """F3."""
    number = arena.dispatcher()
    part = arena.stack.dispatchers[number]
    await _killed(arena, "dispatcher killed", part, lambda: arena.stack.dispatcher_up(number))


async def dispatcher_stopped(arena: Arena) -> None:
    """F4: it comes back with what it knew long ago."""
    number = arena.dispatcher()
    await _stopped(arena, "dispatcher stopped", arena.stack.dispatchers[number], arena.dice.uniform(1.0, 6.0))
    await arena.stack.dispatcher_up(number)


async def _stopped(arena: Arena, title: str, part: Part, seconds: float) -> None:
    arena.scene.begin(title)
    await do(part.signal, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        await do(part.signal, signal.SIGCONT)
    await arena.well()


async def stuck_readers(arena: Arena) -> None:
    """F24: subscribers who open a feed and take nothing."""
    arena.scene.begin("feeds that nobody reads")
    async with _stuck_feeds(arena):
        await asyncio.sleep(2.0)
    await arena.well()


@asynccontextmanager
async def _stuck_feeds(arena: Arena) -> AsyncIterator[None]:
    async with arena.stack.client() as client:
        feeds = [client.watch(center_on(number % SHARDS + 1)) for number in range(STUCK_FEEDS)]
        opened = [await feed.__aenter__() for feed in feeds]
        try:
            yield
        finally:
            for feed in opened:
                await feed.__aexit__(None, None, None)


async def server_failpoints(arena: Arena) -> None:
    """F25 and more: answers that get lost behind what they tell of, pauses and deaths between any two steps."""
    number = arena.server()
    arena.scene.begin("failpoints in a server")
    await _with_points(arena, arena.stack.servers[number], _points(arena, "server"))
    await arena.stack.server_up(number)
    await arena.well()


async def dispatcher_failpoints(arena: Arena) -> None:
    number = arena.dispatcher()
    arena.scene.begin("failpoints in a dispatcher")
    await _with_points(arena, arena.stack.dispatchers[number], _points(arena, "dispatcher"))
    await arena.stack.dispatcher_up(number)
    await arena.well()


OFTEN = ("raise@0.1", "raise@0.3", "sleep(0.3)@0.2", "sleep(2)@0.05", "exit@0.03")
ONCE = ("raise#1", "sleep(1)#1", "exit#2")
"""At places that a process passes when it begins, or when something was lost."""
SELDOM_PASSED = (
    "store.connect", "store.load", "store.refresh", "feed.start", "feed.resume",
    "server.abandon", "server.decline", "server.sweep", "dispatcher.work",
)  # fmt: skip


def _points(arena: Arena, kind: str) -> str:
    """Some of the points, with something to happen at each."""

    def action(point: str) -> str:
        return arena.dice.choice(ONCE if point.startswith(SELDOM_PASSED) else OFTEN)

    return ";".join(f"{point}={action(point)}" for point in arena.points[kind].draw(ARMED[kind]))


async def _with_points(arena: Arena, part: Part, points: str) -> None:
    """The part runs with failpoints for a while; whenever it dies it is started again with them."""
    await do(part.kill)
    until, led = 0.0, False
    before, begun = part.said().count(ARMED_LINE), arena.scene.now()
    while not until or arena.scene.now() < until:
        if not part.running:
            part.extra = {"ACD_FAILPOINTS": points}
            await do(part.start)
        up = part.said().count(ARMED_LINE) > before or arena.scene.now() > begun + STARTED_S
        if not until and up:
            until = arena.scene.now() + POINTS_S
        if until and not led and arena.scene.now() > until - POINTS_S / 2:
            led = True
            await _lead_past(arena, points)
        await asyncio.sleep(0.2)
    await do(part.kill)
    await do(part.start)


async def _lead_past(arena: Arena, points: str) -> None:
    """Makes the part pass points that it would not pass by itself."""
    if "store.load" in points:
        await do(flush, arena.stack)
    if "store.refresh" in points:
        await do(unsubscribe, arena.stack)
    if "server.sweep" in points:
        # Nobody asks a server that has just begun for work: dispatchers that come anew do.
        part = arena.stack.dispatchers[arena.dispatcher()]
        await do(part.kill)
        await do(part.start)


async def requests_doubled(arena: Arena) -> None:
    """F25: every call that changes something is delivered twice, and one answer in ten is lost."""
    arena.scene.begin("requests delivered twice, answers lost")
    for center in arena.centers:
        center.players.double()
    await asyncio.sleep(arena.dice.uniform(2.0, 4.0))
    for center in arena.centers:
        center.players.double()
    await arena.well()


async def everything_killed(arena: Arena) -> None:
    """F27: power cut of everything."""
    since = arena.scene.begin("everything killed at once")
    await do(arena.stack.kill)
    await do(arena.stack.start)
    await arena.healed(since)
    await arena.balanced()
