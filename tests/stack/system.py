"""What a fault needs of the system that it breaks, whether its parts are processes or containers.

The methods of a System that are not coroutines may take a while: they are called from threads.
"""

import asyncio
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from acd_client import AcdClient
from store_node.membership import Membership
from store_node.settings import SHARDS
from store_node.view import UNREACHABLE, Process, slot_range

RUNNING_SERVERS, SERVERS = 2, 4
"""At first, and at most: the others are for scaling."""
IN_STEP = 1_000_000
"""Bytes that a replica may be behind: what is on its way in a second."""


class Part(Protocol):
    """A program, or a container."""

    @property
    def running(self) -> bool: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...
    def signal(self, number: signal.Signals) -> None: ...


class System(Protocol):
    """Balancers, servers and dispatchers are counted from 0, nodes and shards of the store from 1."""

    @property
    def folder(self) -> Path: ...
    @property
    def target(self) -> str: ...
    @property
    def membership(self) -> Membership: ...
    @property
    def stores(self) -> Sequence[Part]: ...
    @property
    def servers(self) -> Sequence[Part]: ...
    @property
    def dispatchers(self) -> Sequence[Part]: ...

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def client(self) -> AcdClient:
        """A client that may do everything, at the virtual address."""

    def on_client(self, *words: str) -> Part:
        """A program, not started yet, that runs where clients are, with the token of `client`."""

    async def server_up(self, number: int) -> None: ...
    async def dispatcher_up(self, number: int) -> None: ...
    async def scale(self, servers: int) -> None:
        """Returns when so many serve, and the others have drained."""

    def as_servers(self, node: int, shard: int) -> Process:
        """A process of the store, asked as the servers ask it."""

    def kill_store_process(self, node: int, shard: int) -> None: ...
    def part_store(self, node: int) -> None:
        """The node and its peers do not hear each other any more; everybody else hears both."""

    def join_store(self, node: int) -> None: ...
    def holds_address(self, balancer: int) -> bool: ...
    def streams(self) -> list[int]:
        """Open feeds on each server that is up, by the balancer that holds the address."""

    def kill_balancer_process(self, balancer: int) -> None:
        """HAProxy alone dies."""

    def kill_balancer(self, balancer: int) -> None:
        """All of it, and its address with it."""

    def restore_balancer(self, balancer: int) -> None: ...
    def cut_balancer(self, balancer: int) -> None:
        """Pulls the cable."""

    def mend_balancer(self, balancer: int) -> None: ...


def owner(system: System) -> int:
    """The balancer that holds the address; -1: none."""
    return next((number for number in (0, 1) if system.holds_address(number)), -1)


async def balanced(membership: Membership) -> None:
    """Every shard's primary is at home, with two replicas in step."""
    await wait(lambda: asyncio.to_thread(_is_balanced, membership), "the store is whole and every primary at home")


def _is_balanced(membership: Membership) -> bool:
    try:
        for shard in range(1, SHARDS + 1):
            process = membership.process(shard, shard)
            info = process.replication()
            replicas = [value for name, value in info.items() if name.startswith("slave") and isinstance(value, dict)]
            behind = [int(str(info["master_repl_offset"])) - int(one["offset"]) for one in replicas]
            states = [one["state"] for one in replicas]
            if not process.myself().owns(slot_range(shard)[0]) or states != ["online"] * 2 or max(behind) > IN_STEP:
                return False
    except UNREACHABLE:
        return False
    return True


def streams_in(statistics: str) -> list[int]:
    """Open feeds on each server that is up, of HAProxy's statistics as CSV."""
    head, *lines = statistics.removeprefix("# ").splitlines()
    columns = {name: place for place, name in enumerate(head.split(","))}
    rows = [line.split(",") for line in lines if line.startswith("streams,acd")]
    return [int(row[columns["scur"]]) for row in rows if row[columns["status"]].startswith("UP")]


async def wait(condition: Callable[[], object], what: str, limit: float = 60.0) -> float:
    """Waits until it is so, and returns after how many seconds. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return loop.time() - begun
        if loop.time() - begun > limit:
            raise TimeoutError(f"not within {limit:.0f} s: {what}")
        await asyncio.sleep(0.05)
