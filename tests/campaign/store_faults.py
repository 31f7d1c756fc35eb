"""Faults of store nodes."""

import asyncio
import os
import signal
from contextlib import suppress

from redis.crc import key_slot

from store_node import users
from store_node.settings import SHARDS
from store_node.view import UNREACHABLE, slot_range
from tests.campaign.arena import Arena, ask, ask_at, filtered, flush, others, slowed
from tests.stack.faults import do
from tests.stack.system import wait

AHEAD_S = 60
"""By so much a clock jumps."""

MOVE_ATTEMPTS = 8
"""So often a slot's move is asked for, and waited for 5 s."""


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
    arena.scene.begin(f"store primary stopped for {seconds:g} s")
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
    await arena.well()
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
    rules = [("INPUT", "-s", arena.stack.network.addresses[f"store{peer}"]) for peer in others(node)]
    await filtered(arena, "store node hears nothing of its peers", f"store{node}", rules, arena.dice.uniform(1.0, 6.0))
    await arena.balanced()


async def scripts_flushed(arena: Arena) -> None:
    """F20: no process of the store knows a script any more."""
    arena.scene.begin("scripts flushed")
    await do(flush, arena.stack)
    await arena.well()


async def store_full(arena: Arena) -> None:
    """F22: a shard takes nothing new; what releases still works."""
    shard = arena.node()
    arena.scene.begin("store full")
    await do(ask, arena.stack, shard, "CONFIG", "SET", "maxmemory", "1mb")
    try:
        await asyncio.sleep(arena.dice.uniform(1.0, 4.0))
    finally:
        await wait(lambda: do(ask, arena.stack, shard, "CONFIG", "SET", "maxmemory", "0"), "the store has room")
    await arena.well()


async def failover_forced(arena: Arena) -> None:
    """F26: a replica takes over in good order, and the primary comes home again."""
    shard = arena.node()
    node = arena.dice.choice(others(shard))
    arena.scene.begin("failover forced")
    await do(ask_at, arena.stack, node, shard, "CLUSTER", "FAILOVER")
    await arena.well()
    await arena.balanced()


async def disk_full(arena: Arena) -> None:
    """F21: nothing can be appended any more. A process that must sync each write ends; one that need not refuses."""
    node, ends = arena.node(), arena.dice.random() < 0.5
    since = arena.scene.begin(
        "disk of a store node full" + (", its processes end" if ends else ", its primary refuses")
    )
    if not ends:
        await _sync(arena, node, "everysec")
    await do(arena.stack.fill_disk, node)
    try:
        await asyncio.sleep(arena.dice.uniform(1.5, 4.0))
    finally:
        await do(arena.stack.empty_disk, node)
    if ends:
        await arena.healed(since)
    else:
        await arena.well()
        await _sync(arena, node, "always")
    await arena.balanced()


async def _sync(arena: Arena, node: int, when: str) -> None:
    for shard in range(1, SHARDS + 1):
        await do(ask_at, arena.stack, node, shard, "CONFIG", "SET", "appendfsync", when)


async def clock_back(arena: Arena) -> None:
    """F23: a node's clock is a minute late for a while: its center's time stands still, and goes on."""
    await _clock_wrong(arena, "clock of a store node 60 s back", -AHEAD_S)
    await arena.well()


async def clock_ahead(arena: Arena) -> None:
    """F23: a minute early; when the clock is right again, its center's time stands still for that minute.

    So long the fault lasts: until then the node also takes nodes for well that are lost, for it heard them in future.
    """
    await _clock_wrong(arena, "clock of a store node 60 s ahead", AHEAD_S)
    await asyncio.sleep(AHEAD_S)
    await arena.well()


async def _clock_wrong(arena: Arena, title: str, seconds: int) -> None:
    node = arena.node()
    arena.scene.begin(title)
    arena.ahead = max(0, seconds)
    await do(arena.stack.set_clock, node, seconds)
    try:
        await asyncio.sleep(arena.dice.uniform(3.0, 5.0))
    finally:
        await do(arena.stack.set_clock, node, 0)


async def slots_migrated(arena: Arena) -> None:
    """F26: a center moves to another shard, and home again, while it is at work."""
    home = arena.node()
    guest = arena.dice.choice(others(home))
    center = next(one.name for one in arena.centers if _slot(one.name) in range(*slot_range(home)))
    arena.scene.begin("a center's slot moved to another shard and back")
    await _move(arena, _slot(center), home, guest)
    await asyncio.sleep(arena.dice.uniform(0.0, 1.5))
    await _move(arena, _slot(center), guest, home)
    await arena.well()
    await arena.balanced()


def _slot(center: str) -> int:
    return key_slot(f"{{{center}}}:".encode())


async def _move(arena: Arena, slot: int, source: int, target: int) -> None:
    """The slot as a whole, from primary to primary. Asked again when the store gave up; raises TimeoutError."""
    identity = (await do(arena.stack.membership.process(target, target).myself)).id
    words = ("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", str(slot), str(slot), "NODE", identity)
    said = ""
    # Sources log in as the nodes' user, whom nothing but this needs to give a right to write.
    await do(arena.stack.as_operator(target, target).ask, "ACL", "SETUSER", users.REPLICA, "~*", "+@all")

    def owns() -> bool:
        with suppress(*UNREACHABLE):
            return arena.stack.membership.process(target, target).myself().owns(slot)
        return False

    for _ in range(MOVE_ATTEMPTS):
        try:
            await do(arena.stack.as_operator(source, source).ask, *words)
        except UNREACHABLE as error:
            said = str(error)  # that it is under way, too: on a busy machine the copy alone may take 11 s
        with suppress(TimeoutError):
            await wait(lambda: do(owns), f"slot {slot} is with shard {target}", 5.0)
            return
    raise TimeoutError(f"slot {slot} does not come to shard {target}: {said}")


async def store_node_slow(arena: Arena) -> None:
    """F14: what a store node says to the others, data and votes, takes its time."""
    await slowed(arena, "latency of 0 to 100 ms on a store node's links", f"store{arena.node()}", 0.05, 0.05)
    await arena.balanced()
