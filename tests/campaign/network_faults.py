"""Faults of the network between servers and store, and of the balancers."""

import asyncio
from collections.abc import Callable

from store_node.settings import SHARDS
from tests.campaign.arena import Arena, filtered, slowed
from tests.stack import system
from tests.stack.faults import do
from tests.stack.parts import BALANCERS, STORE
from tests.stack.system import wait

READY_S = 2.0
"""Until a balancer that comes back is ready to take the address."""


async def store_node_unreachable(arena: Arena) -> None:
    """F11, F16: servers' packets to one node are swallowed."""
    host, node = f"server{arena.server() + 1}", arena.node()
    rules = [("OUTPUT", "-d", arena.stack.network.addresses[f"store{node}"])]
    await filtered(arena, "store node out of a server's reach", host, rules, arena.dice.uniform(0.5, 5.0))


async def packets_lost(arena: Arena) -> None:
    """F13, between the servers and the store."""
    share = arena.dice.choice(("0.05", "0.2"))
    host = f"server{arena.server() + 1}"
    chance = ("-p", "tcp", "--dport", f"{STORE}:{STORE + SHARDS}", "-m", "statistic", "--mode", "random")
    rules = [("OUTPUT", *chance, "--probability", share)]
    await filtered(arena, f"{float(share):.0%} of packets to the store lost", host, rules, 4.0)


async def connections_reset(arena: Arena) -> None:
    """F15: every connection of a server to the store is reset."""
    host = f"server{arena.server() + 1}"
    rules = [("OUTPUT", "-p", "tcp", "--dport", f"{STORE}:{STORE + SHARDS}")]
    action = ("-j", "REJECT", "--reject-with", "tcp-reset")
    await filtered(arena, "connections to the store reset", host, rules, arena.dice.uniform(0.05, 1.0), action)


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
    await asyncio.sleep(READY_S)


async def store_slow(arena: Arena) -> None:
    """F14, F15: what a server says to the store and hears from it takes its time, or connections do not last."""
    host = f"server{arena.server() + 1}"
    if arena.dice.random() < 0.5:
        await slowed(arena, "latency of 0 to 100 ms between a server and the store", host, 0.05, 0.05)
    else:
        await slowed(arena, "connections to the store reset once a second", host, 0.0, 0.0, 1.0)


async def balancer_reloaded(arena: Arena) -> None:
    """F17: a new HAProxy takes over, as after a change of its configuration."""
    number = await _owner(arena)
    arena.scene.begin("HAProxy reloaded")
    await do(arena.stack.reload_balancer, number)
    await asyncio.sleep(1.0)
    await arena.well()


async def keeper_killed(arena: Arena) -> None:
    """F19: Keepalived alone dies: it takes its address along no more, and soon there are two who have it."""
    number = await _owner(arena)
    arena.scene.begin("Keepalived killed")
    await do(arena.stack.keepers[number].kill)
    await wait(lambda: arena.stack.holds_address(1 - number), "the other one has the address")
    await arena.well()
    await do(arena.stack.restore_balancer, number)
    await wait(lambda: arena.stack.holds_address(0) != arena.stack.holds_address(1), "one has the address")
    await asyncio.sleep(READY_S)


async def _owner(arena: Arena) -> int:
    await wait(lambda: system.owner(arena.stack) >= 0, "somebody has the address")
    return system.owner(arena.stack)
