"""The centers that are at work in a campaign, one on each shard: each with players, and with two who read its feed.

No fault of one may reach another, and nobody may hear of a center that he did not ask for.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.crc import key_slot

from acd_client import AcdClient
from acd_server.store import Store
from simulator.checks import check
from store_node import users
from store_node.settings import SHARDS
from store_node.view import slot_range
from tests.campaign.checker import Window, stuck
from tests.campaign.stage import Stage
from tests.stack.second_feed import SecondFeed, subscribed
from tests.stack.trial import Checks, Players, verdict
from tests.store import consistency
from tests.system.test_kill import POLICY, RACES
from tests.system.witness import Witness, hire, witnessing

REFUSED = (*RACES, ": STORE_FULL")
"""Ends of the refusals that are right."""
DRAIN_S = 90.0


@dataclass
class Center:
    """One of them."""

    name: str
    players: Players
    witness: Witness
    second: SecondFeed

    @property
    def acknowledged(self) -> int:
        """Contacts whose enqueue was answered OK."""
        return len(self.players.answers.enqueued("ok"))

    async def drain(self) -> Checks:
        try:
            await self.players.drain(self.witness, DRAIN_S)
        except TimeoutError as error:
            return [self._check("every contact comes to its end", str(error), "in time", passed=False)]
        return []

    async def judge(self, client: AcdClient, stage: Stage, broken: list[Window]) -> Checks:
        """All that must hold of what the center's clients were told."""
        late = stuck(self.witness.events, broken)
        difference = await self._difference(stage)
        found = await verdict(client, self.witness, self.players.answers, 1, REFUSED, self.name)
        found += await self.second.verdict(self.witness.events)
        found += [
            check("states past their deadline while all was well", len(late), "== 0", not late),
            check("indexes agree with documents", difference or True, "True", not difference),
        ]
        return [{**line, "name": f"{self.name}: {line['name']}"} for line in found]

    def _check(self, name: str, value: Any, goal: str, *, passed: bool) -> dict[str, Any]:
        return check(f"{self.name}: {name}", value, goal, passed)

    async def _difference(self, stage: Stage) -> str:
        """What is wrong with the center's keys in the end; empty when nothing is."""
        addresses = ",".join(str(address) for address in stage.membership.settings.nodes)
        store = await Store.open(f"redis+cluster://{users.OPERATOR}:{stage.passwords[users.OPERATOR]}@{addresses}")
        try:
            await consistency.check(store, self.name)
        except AssertionError as error:
            return str(error)[:500] or "they differ"
        finally:
            await store.close()
        return ""


def center_names() -> list[str]:
    """Of each shard one."""
    found = []
    for shard in range(1, SHARDS + 1):
        low, high = slot_range(shard)
        names = (f"bank-{number}" for number in range(10_000))
        found.append(next(name for name in names if low <= key_slot(f"{{{name}}}:".encode()) <= high))
    return found


@asynccontextmanager
async def at_work(stage: Stage, client: AcdClient, names: list[str], tempo: str) -> AsyncIterator[list[Center]]:
    """The centers with everybody at work. `tempo`: one of the players'."""
    async with AsyncExitStack() as held:
        centers = []
        for name in names:
            witness = await held.enter_async_context(witnessing(client, name, POLICY))
            other = await held.enter_async_context(stage.client())
            second = await held.enter_async_context(subscribed(other, name, witness.token))
            await hire(client, name)
            players = Players(stage, name, tempo)
            held.callback(players.kill)
            centers.append(Center(name, players, witness, second))
        await asyncio.gather(*(center.players.start() for center in centers))
        yield centers
