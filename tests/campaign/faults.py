"""The faults of a campaign: each breaks one thing for a while, at a place that the dice choose, and mends it.

The numbers are those of the matrix in the design's research (F1 to F28). A fault returns when all is well again; that
takes at most a minute, or the campaign has failed. What clients were told meanwhile is judged at the end.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from acd_server.failpoints import POINTS
from store_node.settings import SHARDS
from store_node.view import UNREACHABLE
from tests.stack import system
from tests.stack.faults import Scene, do
from tests.stack.parts import BALANCERS, DISPATCHERS, STORE, Part, Stack
from tests.stack.probes import center_on
from tests.stack.system import RUNNING_SERVERS, wait

FELT_S = 1.5
"""Time for which a fault lasts that heals by being taken away."""
POINTS_S = 6.0
"""Time for which failpoints are armed."""
SERVER_POINTS = [point for point in POINTS if not point.startswith("dispatcher")]
DISPATCHER_POINTS = [point for point in POINTS if point.startswith("dispatcher")]
STUCK_FEEDS = 20


@dataclass
class Arena:
    """What a fault is given: the scene, the stack behind it, and dice of its own."""

    scene: Scene
    stack: Stack
    dice: random.Random

    def server(self) -> int:
        return self.dice.randrange(RUNNING_SERVERS)

    def dispatcher(self) -> int:
        return self.dice.randrange(DISPATCHERS)

    def node(self) -> int:
        return self.dice.randint(1, SHARDS)

    async def healed(self, since: float) -> None:
        await self.scene.whole(since)

    async def balanced(self) -> None:
        await system.balanced(self.stack.membership)


Fault = Callable[[Arena], Awaitable[None]]


async def server_killed(arena: Arena) -> None:
    """F1."""
    number = arena.server()
    await _killed(arena, "server killed", arena.stack.servers[number], lambda: arena.stack.server_up(number))


async def _killed(arena: Arena, title: str, part: Part, up: Callable[[], Awaitable[None]]) -> None:
    since = arena.scene.begin(title)
    await do(part.kill)
    await asyncio.sleep(arena.dice.uniform(0, FELT_S))
    await do(part.start)
    await up()
    await arena.healed(since)


async def server_restarted(arena: Arena) -> None:
    """F2: one of a rolling restart."""
    number, since = arena.server(), arena.scene.begin("server restarted")
    server = arena.stack.servers[number]
    await do(server.signal, signal.SIGTERM)
    await wait(lambda: not server.running, "it drains", 30.0)
    await do(server.start)
    await arena.stack.server_up(number)
    await arena.healed(since)


async def server_stopped(arena: Arena) -> None:
    """F4, of a server: it neither answers nor dies."""
    await _stopped(arena, "server stopped", arena.stack.servers[arena.server()], arena.dice.uniform(0.5, 8.0))


async def dispatcher_killed(arena: Arena) -> None:
    """F3."""
    number = arena.dispatcher()
    part = arena.stack.dispatchers[number]
    await _killed(arena, "dispatcher killed", part, lambda: arena.stack.dispatcher_up(number))


async def dispatcher_stopped(arena: Arena) -> None:
    """F4: it comes back with what it knew long ago."""
    number = arena.dispatcher()
    await _stopped(arena, "dispatcher stopped", arena.stack.dispatchers[number], arena.dice.uniform(1.0, 10.0))
    await arena.stack.dispatcher_up(number)


async def _stopped(arena: Arena, title: str, part: Part, seconds: float) -> None:
    since = arena.scene.begin(title)
    await do(part.signal, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        await do(part.signal, signal.SIGCONT)
    await arena.healed(since)


async def store_process_killed(arena: Arena) -> None:
    """F5 for a primary; a replica must not be missed."""
    node, shard = arena.node(), arena.node()
    title = "store primary killed" if node == shard else "store replica killed"
    since = arena.scene.begin(title)
    await do(arena.stack.kill_store_process, node, shard)
    await arena.healed(since)
    await arena.balanced()


async def store_node_killed(arena: Arena) -> None:
    """F6, F7: a primary and two replicas at once."""
    node, since = arena.node(), arena.scene.begin("store node killed")
    await do(arena.stack.stores[node - 1].kill)
    await arena.healed(since)
    await do(arena.stack.stores[node - 1].start)
    await arena.balanced()


async def store_process_stopped(arena: Arena) -> None:
    """F8: too short for a failover, or long enough."""
    node, seconds = arena.node(), arena.dice.choice((0.5, 5.0))
    pid = await do(arena.stack.pid_of_store_process, node, node)
    since = arena.scene.begin(f"store primary stopped for {seconds:g} s")
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
    await arena.healed(since)
    await arena.balanced()


async def store_node_parted(arena: Arena) -> None:
    """F10: it hears neither of its peers; clients hear it."""
    node, since = arena.node(), arena.scene.begin("store node cut from its peers")
    await do(arena.stack.part_store, node)
    try:
        await arena.healed(since)
    finally:
        await do(arena.stack.join_store, node)
    await arena.balanced()


async def store_node_deaf(arena: Arena) -> None:
    """F12: it is heard, and hears nothing of its peers."""
    node = arena.node()
    rules = [("INPUT", "-s", arena.stack.network.addresses[f"store{peer}"]) for peer in _others(node)]
    await _filtered(arena, "store node hears nothing of its peers", f"store{node}", rules, arena.dice.uniform(1.0, 6.0))
    await arena.balanced()


async def store_node_unreachable(arena: Arena) -> None:
    """F11, F16: servers' packets to one node are swallowed."""
    host, node = f"server{arena.server() + 1}", arena.node()
    rules = [("OUTPUT", "-d", arena.stack.network.addresses[f"store{node}"])]
    await _filtered(arena, "store node out of a server's reach", host, rules, arena.dice.uniform(0.5, 5.0))


async def packets_lost(arena: Arena) -> None:
    """F13, between the servers and the store."""
    share = arena.dice.choice(("0.05", "0.2"))
    host = f"server{arena.server() + 1}"
    chance = ("-p", "tcp", "--dport", f"{STORE}:{STORE + SHARDS}", "-m", "statistic", "--mode", "random")
    rules = [("OUTPUT", *chance, "--probability", share)]
    await _filtered(arena, f"{float(share):.0%} of packets to the store lost", host, rules, 4.0)


async def connections_reset(arena: Arena) -> None:
    """F15: every connection of a server to the store is reset."""
    host = f"server{arena.server() + 1}"
    rules = [("OUTPUT", "-p", "tcp", "--dport", f"{STORE}:{STORE + SHARDS}")]
    action = ("-j", "REJECT", "--reject-with", "tcp-reset")
    await _filtered(arena, "connections to the store reset", host, rules, arena.dice.uniform(0.05, 1.0), action)


async def _filtered(
    arena: Arena,
    title: str,
    host: str,
    rules: Sequence[tuple[str, ...]],
    seconds: float,
    action: tuple[str, ...] = ("-j", "DROP"),
) -> None:
    network, since = arena.stack.network, arena.scene.begin(title)
    for rule in rules:
        await do(network.filter, host, "-A", *rule, *action)
    try:
        await asyncio.sleep(seconds)
    finally:
        for rule in rules:
            await do(network.filter, host, "-D", *rule, *action)
    await arena.healed(since)


def _others(node: int) -> list[int]:
    return [other for other in range(1, SHARDS + 1) if other != node]


async def balancer_process_killed(arena: Arena) -> None:
    """F17."""
    await _lose_balancer(arena, "HAProxy killed", arena.stack.kill_balancer_process)


async def balancer_killed(arena: Arena) -> None:
    """F18, F19: both programs, and the address with them."""
    await _lose_balancer(arena, "balancer killed", arena.stack.kill_balancer)


async def _lose_balancer(arena: Arena, title: str, lose: Callable[[int], None]) -> None:
    number = arena.dice.randrange(BALANCERS)
    since = arena.scene.begin(title)
    await do(lose, number)
    await wait(lambda: arena.stack.holds_address(1 - number), "the other one has the address")
    await arena.healed(since)
    await do(arena.stack.restore_balancer, number)
    await asyncio.sleep(3.0)  # it must be ready to take the address before the other one may be lost


async def scripts_flushed(arena: Arena) -> None:
    """F20: no process of the store knows a script any more."""
    since = arena.scene.begin("scripts flushed")
    for shard in range(1, SHARDS + 1):
        await do(_ask, arena.stack, shard, "SCRIPT", "FLUSH")
    await arena.healed(since)


async def store_full(arena: Arena) -> None:
    """F22: a shard takes nothing new; what releases still works."""
    shard = arena.node()
    since = arena.scene.begin("store full")
    await do(_ask, arena.stack, shard, "CONFIG", "SET", "maxmemory", "1mb")
    try:
        await asyncio.sleep(arena.dice.uniform(1.0, 4.0))
    finally:
        await wait(lambda: do(_ask, arena.stack, shard, "CONFIG", "SET", "maxmemory", "0"), "the store has room")
    await arena.healed(since)


async def failover_forced(arena: Arena) -> None:
    """F26: a replica takes over in good order, and the primary comes home again."""
    shard = arena.node()
    node, since = arena.dice.choice(_others(shard)), arena.scene.begin("failover forced")
    await do(_ask_at, arena.stack, node, shard, "CLUSTER", "FAILOVER")
    await arena.healed(since)
    await arena.balanced()


def _ask(stack: Stack, shard: int, *words: str) -> bool:
    return _ask_at(stack, shard, shard, *words)


def _ask_at(stack: Stack, node: int, shard: int, *words: str) -> bool:
    """Whether it answered."""
    process = stack.as_operator(node, shard)
    try:
        process.ask(*words)
    except UNREACHABLE:
        return False
    else:
        return True
    finally:
        process.close()


async def stuck_readers(arena: Arena) -> None:
    """F24: subscribers who open a feed and take nothing."""
    since = arena.scene.begin("feeds that nobody reads")
    async with _stuck_feeds(arena):
        await asyncio.sleep(4.0)
    await arena.healed(since)


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
    points = _points(arena, SERVER_POINTS)
    since = arena.scene.begin("failpoints in a server")
    await _with_points(arena, arena.stack.servers[number], points)
    await arena.stack.server_up(number)
    await arena.healed(since)


async def dispatcher_failpoints(arena: Arena) -> None:
    number = arena.dispatcher()
    points = _points(arena, DISPATCHER_POINTS)
    since = arena.scene.begin("failpoints in a dispatcher")
    await _with_points(arena, arena.stack.dispatchers[number], points)
    await arena.stack.dispatcher_up(number)
    await arena.healed(since)


def _points(arena: Arena, points: list[str]) -> str:
    """Some of the points, with something to happen at each."""
    actions = ("raise@0.1", "raise@0.02", "sleep(0.3)@0.1", "sleep(2)@0.02", "exit@0.01")
    return ";".join(f"{point}={arena.dice.choice(actions)}" for point in arena.dice.sample(points, 4))


async def _with_points(arena: Arena, part: Part, points: str) -> None:
    """The part runs with failpoints for a while; whenever it dies it is started again with them."""
    await do(part.kill)
    until = arena.scene.now() + POINTS_S
    while arena.scene.now() < until:
        if not part.running:
            part.extra = {"ACD_FAILPOINTS": points}
            await do(part.start)
        await asyncio.sleep(0.2)
    await do(part.kill)
    await do(part.start)


async def everything_killed(arena: Arena) -> None:
    """F27: power cut of everything."""
    since = arena.scene.begin("everything killed at once")
    await do(arena.stack.kill)
    await do(arena.stack.start)
    await arena.healed(since)
    await arena.balanced()


ON_STORE = (
    store_process_killed,
    store_node_killed,
    store_process_stopped,
    store_node_parted,
    store_node_deaf,
    scripts_flushed,
    store_full,
    failover_forced,
)
"""Faults of store nodes."""
ELSEWHERE = (
    server_killed,
    server_restarted,
    server_stopped,
    dispatcher_killed,
    dispatcher_stopped,
    store_node_unreachable,
    packets_lost,
    connections_reset,
    balancer_process_killed,
    balancer_killed,
    stuck_readers,
    server_failpoints,
    dispatcher_failpoints,
)
RARE = (everything_killed,)
"""Once in a while: it takes a minute."""
FAULTS: tuple[Fault, ...] = (*ON_STORE, *ELSEWHERE, *RARE)
