"""A second subscriber, and the log as it is in the end: all must have been told the same.

Events are kept as digests, by their sequence: the runs are long.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from acd.v1.event_pb2 import Event
from acd_client import AcdClient
from simulator.checks import check

HISTORY_S = 12 * 60.0
"""Younger than the 15 minutes for which a feed can be resumed."""
HISTORY = 80_000
"""Events: fewer than are kept."""
TOKEN_EVERY_S = 20.0
SILENCE_S = 60.0
"""So long may the log say nothing while it is read again; all of it may take longer on a busy machine."""


def digest(event: Event) -> bytes:
    return hashlib.sha256(event.SerializeToString(deterministic=True)).digest()


class SecondFeed:
    """Reads all of a center from a token on, and remembers what it was told and from where it can be read again."""

    def __init__(self, client: AcdClient, center: str, token: str) -> None:
        self._client = client
        self._center = center
        self._token = token
        self._last = 0
        self._tokens: list[tuple[float, int, str]] = []
        """When, the last sequence before it, and the token."""
        self.told: dict[int, bytes] = {}
        self.differing = 0
        """Events that were told twice, with different contents."""

    async def read(self) -> None:
        """Until canceled."""
        async with self._client.watch(self._center, resume_token=self._token, checkpoint_interval=2.0) as feed:
            async for message in feed:
                if message.HasField("event"):
                    self.take(message.event)
                self._keep(feed.resume_token)

    def take(self, event: Event) -> None:
        found = digest(event)
        self._last = max(self._last, event.sequence)
        self.differing += self.told.setdefault(event.sequence, found) != found

    def _keep(self, token: str) -> None:
        now = time.monotonic()
        if self.told and (not self._tokens or now - self._tokens[-1][0] > TOKEN_EVERY_S):
            self._tokens.append((now, self._last, token))

    async def read_again(self) -> tuple[int, dict[int, bytes]]:
        """The log as it is now, of as long as there is history: the sequence before it, and the rest."""
        oldest, first = time.monotonic() - HISTORY_S, self._last - HISTORY
        after, token = next((after, token) for at, after, token in self._tokens if at > oldest and after > first)
        last, log = self._last, {}
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(SILENCE_S) as limit, self._client.watch(self._center, resume_token=token) as feed:
            async for message in feed:
                if message.HasField("event"):
                    limit.reschedule(loop.time() + SILENCE_S)
                    log[message.event.sequence] = digest(message.event)
                if last <= after or message.event.sequence >= last:
                    break
        return after, log

    async def verdict(self, witnessed: list[Event]) -> list[dict[str, Any]]:
        """What must hold of two subscribers and of the log."""
        first = {event.sequence: digest(event) for event in witnessed}
        common = [sequence for sequence in first if sequence <= self._last]
        apart = sum(self.told.get(sequence) != first[sequence] for sequence in common) + self.differing
        after, log = await self.read_again()
        delivered = {sequence: found for sequence, found in self.told.items() if sequence > after}
        undone = sum(log.get(sequence) != found for sequence, found in delivered.items())
        return [
            check("events told differently to two subscribers", apart, f"== 0 of {len(common)}", apart == 0),
            check("delivered events that the log does not have", undone, f"== 0 of {len(delivered)}", undone == 0),
        ]


@asynccontextmanager
async def subscribed(client: AcdClient, center: str, token: str) -> AsyncIterator[SecondFeed]:
    second = SecondFeed(client, center, token)
    reading = asyncio.create_task(second.read(), name="second feed")
    try:
        yield second
        if reading.done():
            reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
