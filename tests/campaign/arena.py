"""What every fault of a campaign is given, and what several of them do."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

from store_node.settings import SHARDS
from store_node.view import UNREACHABLE
from tests.campaign.centers import Center
from tests.campaign.stage import Stage
from tests.stack import system
from tests.stack.faults import Scene, do
from tests.stack.parts import DISPATCHERS
from tests.stack.system import RUNNING_SERVERS

FELT_S = 1.5
"""Time for which a fault lasts that heals by being taken away."""
SOON_S = 0.3
"""After so long what was on its way when a fault ended has arrived."""
T = TypeVar("T")


class Deck(Generic[T]):
    """Cards that all come once before one comes again."""

    def __init__(self, dice: random.Random, cards: Sequence[T]) -> None:
        self._dice = dice
        self._cards = cards
        self._left: list[T] = []

    def draw(self, count: int) -> list[T]:
        while len(self._left) < count:
            self._left += self._dice.sample(self._cards, len(self._cards))
        drawn, self._left = self._left[:count], self._left[count:]
        return drawn


@dataclass
class Arena:
    """What a fault is given: the scene, the stack behind it, and dice of its own."""

    scene: Scene
    stack: Stage
    dice: random.Random
    centers: list[Center]
    points: "dict[str, Deck[str]]"
    """Failpoints of each kind of process."""
    ahead: int = 0
    """Seconds by which a center's clock may be early through this fault."""

    def server(self) -> int:
        return self.dice.randrange(RUNNING_SERVERS)

    def dispatcher(self) -> int:
        return self.dice.randrange(DISPATCHERS)

    def node(self) -> int:
        return self.dice.randint(1, SHARDS)

    async def healed(self, since: float) -> None:
        """After a fault that shows only in time, as the loss of a node: when all is well again."""
        await self.scene.whole(since)

    async def well(self) -> None:
        """After a fault that is over: when all is well again."""
        await self.scene.whole(self.scene.now(), SOON_S)

    async def balanced(self) -> None:
        await system.balanced(self.stack.membership)


Fault = Callable[[Arena], Awaitable[None]]


async def filtered(
    arena: Arena,
    title: str,
    host: str,
    rules: Sequence[tuple[str, ...]],
    seconds: float,
    action: tuple[str, ...] = ("-j", "DROP"),
) -> None:
    network = arena.stack.network
    arena.scene.begin(title)
    for rule in rules:
        await do(network.filter, host, "-A", *rule, *action)
    try:
        await asyncio.sleep(seconds)
    finally:
        for rule in rules:
            await do(network.filter, host, "-D", *rule, *action)
    await arena.well()


def others(node: int) -> list[int]:
    return [other for other in range(1, SHARDS + 1) if other != node]


def flush(stack: Stage) -> None:
    for shard in range(1, SHARDS + 1):
        ask(stack, shard, "SCRIPT", "FLUSH")


def unsubscribe(stack: Stage) -> None:
    """Takes the connections away on which servers hear of changes."""
    every = range(1, SHARDS + 1)
    for node, shard in product(every, every):
        ask_at(stack, node, shard, "CLIENT", "KILL", "TYPE", "pubsub")


def ask(stack: Stage, shard: int, *words: str) -> bool:
    return ask_at(stack, shard, shard, *words)


def ask_at(stack: Stage, node: int, shard: int, *words: str) -> bool:
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


async def slowed(arena: Arena, title: str, host: str, delay: float, jitter: float, reset_every: float = 0.0) -> None:
    """For some seconds all that a host says to the store goes through a proxy."""
    arena.scene.begin(title)
    proxy = await do(arena.stack.divert, host, delay, jitter, reset_every)
    try:
        await asyncio.sleep(arena.dice.uniform(3.0, 5.0))
    finally:
        await do(arena.stack.undivert, host, proxy)
    await arena.well()
