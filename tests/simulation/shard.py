"""A shard of the store in memory: a primary, a replica that follows it, connections that break, wake-ups that get lost.

`Connection` is what a server process has of it, in the place of `acd_server.store.client.Client`: the seam is "run
this script for this center", so the store's modules above it are the real ones. As there, a call that was not sent is
sent again for a while, a read that was lost is repeated, and a write that was lost is told: its outcome is unknown.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any

from acd_server.errors import AcdError
from acd_server.store.scripts import Argument, Reply
from tests.simulation.center import Center
from tests.simulation.loop import VirtualLoop
from tests.simulation.trace import Trace

PATIENCE, WAIT_S = 2.0, 0.5
"""The client's, and how long a write waits for the replica."""
READS = frozenset({"read_events", "get_work", "list_contacts", "get_agent", "list_centers"})
START_US = 1_800_000_000_000_000


class NotSentError(Exception):
    """There was no connection: the store has not seen the call."""


class LostError(Exception):
    """The connection broke behind the call: nobody knows whether it ran."""


Entry = tuple[str, str, list[Any], int, int]
"""A write: center, script, arguments, time, and how many events its center then had."""


class Shard:
    """`up` while there is a primary; `lost_acknowledged` counts writes that were acknowledged and are gone."""

    def __init__(self, loop: VirtualLoop, dice: Random, trace: Trace, make: Callable[[], dict[str, Center]]) -> None:
        self._loop, self._dice, self._trace, self._make = loop, dice, trace, make
        self.primary = make()
        self.replicated = {name: center.last for name, center in self.primary.items()}
        """How many events of each center the replica has: the first ones, since it takes writes in their order."""
        self.journal: list[Entry] = []
        self.applied = 0
        self.up, self.replicating, self.generation = True, True, 0
        self.reply_loss = self.wake_loss = 0.0
        self.slowness = 1.0
        self.lost_acknowledged = 0
        self._arrives = 0.0
        self._waiting: deque[tuple[int, float, asyncio.Future[Reply], Reply]] = deque()
        """Writes that the replica has not got: their number, how long they wait for it, who asks, the reply."""
        self._looks = False
        self.connections: list[Connection] = []

    def now_us(self) -> int:
        return START_US + round(self._loop.time() * 1e6)

    def delay(self) -> float:
        """Between 0.2 and 3 ms."""
        return (0.0002 + 0.0028 * self._dice.random()) * self.slowness

    def send(self, script: str, center: str, arguments: list[Argument]) -> asyncio.Future[Reply]:
        answer: asyncio.Future[Reply] = self._loop.create_future()
        if self.up:
            self._loop.later(self.delay(), self._run, script, center, arguments, answer, self.generation)
        else:
            self._loop.later(0.001, settle, answer, NotSentError())
        return answer

    def _run(
        self, script: str, center: str, arguments: list[Argument], answer: asyncio.Future[Reply], sent: int
    ) -> None:
        if sent != self.generation or not self.up:
            self._answer(answer, LostError())
            return
        if script == "list_centers":
            self._answer(answer, [b"ok", *(name.encode() for name in sorted(self.primary) if name > str(arguments[0]))])
            return
        state, now = self.primary[center], self.now_us()
        reply = state.apply(script, arguments, now)[:]
        if state.wrote:
            self.journal.append((center, script, arguments, now, state.last))
            self._trace.note("run", script, center, state.last, reply[0], reply[1] if reply[0] == b"err" else "")
            self._wait(answer, reply)
            self.replicate()
        else:
            self._answer(answer, reply)
        if state.woken:
            for connection in self.connections:
                if not self.wake_loss or self._dice.random() >= self.wake_loss:
                    self._loop.later(self.delay(), connection.hear, center, self.generation)

    def _wait(self, answer: asyncio.Future[Reply], reply: Reply) -> None:
        """For the replica. One timer is for all that wait."""
        until = self._loop.time() + WAIT_S
        self._waiting.append((len(self.journal), until, answer, reply))
        if not self._looks:
            self._looks = True
            self._loop.at(until, self._give_up)

    def _give_up(self) -> None:
        while self._waiting and self._waiting[0][1] <= self._loop.time():
            settle(self._waiting.popleft()[2], AcdError("NOT_REPLICATED"))
        self._looks = bool(self._waiting)
        if self._waiting:
            self._loop.at(self._waiting[0][1], self._give_up)

    def _answer(self, answer: asyncio.Future[Reply], result: Reply | Exception) -> None:
        if self.reply_loss and isinstance(result, list) and self._dice.random() < self.reply_loss:
            result = LostError()
        self._loop.later(self.delay(), settle, answer, result)

    def replicate(self) -> None:
        """Sends the replica what it lacks; it takes it in order."""
        if self.replicating:
            self._arrives = max(self._arrives, self._loop.time() + self.delay())
            self._loop.at(self._arrives, self._apply, len(self.journal), self.generation)

    def _apply(self, upto: int, generation: int) -> None:
        if generation != self.generation or not self.replicating:
            return
        while self.applied < upto:
            center, *_, last = self.journal[self.applied]
            self.replicated[center] = last
            self.applied += 1
        self._loop.later(self.delay(), self._acknowledge, self.applied, generation)

    def _acknowledge(self, upto: int, generation: int) -> None:
        while generation == self.generation and self._waiting and self._waiting[0][0] <= upto:
            *_, answer, reply = self._waiting.popleft()
            self._answer(answer, reply)

    def on_replica(self, center: str, sequence: int) -> int | None:
        """The stamp of an event that the replica has; None when it has none of that number."""
        return self.primary[center].stamp_of(sequence) if sequence <= self.replicated[center] else None

    def break_connections(self) -> None:
        """Every connection is reset; the store itself goes on, and so does what it was sent before."""
        waiting, self._waiting = self._waiting, deque()
        for *_, answer, _ in waiting:
            self._loop.later(self.delay(), settle, answer, LostError())
        for connection in self.connections:
            connection.cut()

    def fail(self) -> None:
        """The primary is gone, and with it what the replica has not got."""
        self.break_connections()
        self._trace.note("primary gone", f"{len(self.journal) - self.applied} writes not replicated")
        self.up, self.replicating = False, False
        self.generation += 1

    def promote(self, forget: int = 0) -> None:
        """The replica takes over. `forget`: so many writes that it had acknowledged are gone, too: a second fault."""
        kept = max(0, self.applied - forget)
        self.lost_acknowledged += self.applied - kept
        del self.journal[kept:]
        self.applied, self.primary = kept, self._make()
        for center, script, arguments, now, _ in self.journal:
            self.primary[center].apply(script, arguments, now)
        self.replicated = {name: center.last for name, center in self.primary.items()}
        self.up, self.replicating, self._arrives = True, True, 0.0
        self._trace.note("promoted", kept, {name: center.last for name, center in self.primary.items()})


def settle(answer: asyncio.Future[Any], result: object) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)


class Connection:
    """A server's way to the shard, as `store.client.Client` is."""

    replicated = True

    def __init__(self, shard: Shard, loop: VirtualLoop) -> None:
        self._shard, self._loop = shard, loop
        self._heard: deque[str | None] = deque()
        self._news = asyncio.Event()
        self._subscribed = -1
        shard.connections.append(self)

    async def call(self, script: str, center: str, arguments: list[Argument]) -> Reply:
        give_up, pause = self._loop.time() + PATIENCE, 0.025
        while True:
            try:
                return await self._shard.send(script, center, arguments)
            except LostError:
                if script not in READS:
                    raise AcdError("STORE_UNAVAILABLE") from None
            except NotSentError:
                pass
            if self._loop.time() + pause > give_up:
                raise AcdError("STORE_UNAVAILABLE")
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, 0.4)

    def hear(self, center: str, generation: int) -> None:
        if self._subscribed == generation:
            self._heard.append(center)
            self._news.set()

    def cut(self) -> None:
        self._subscribed = -1
        self._heard.append(None)
        self._news.set()

    async def wakes(self) -> AsyncIterator[str]:
        while True:
            if self._shard.up:
                self._heard.clear()
                self._subscribed = self._shard.generation
                yield ""
                while self._subscribed >= 0:
                    await self._news.wait()
                    self._news.clear()
                    while self._heard and (center := self._heard.popleft()) is not None:
                        yield center
            await asyncio.sleep(random.uniform(0.1, 0.3))

    async def close(self) -> None:
        self._subscribed = -1
        if self in self._shard.connections:
            self._shard.connections.remove(self)
