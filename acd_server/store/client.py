"""Runs scripts on the node that owns a center, with a bounded patience for failovers.

A call is sent again only when the store said that it did not run it, or when it was
never sent. When a connection is lost behind a sent call the outcome is unknown, and
the caller is told so: every mutating call is safe to repeat from outside.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import RedisError, ResponseError

from acd_server.errors import AcdError
from acd_server.store import keys, library
from acd_server.store.faults import Fault, as_refusal, classify, closed_is_lost
from acd_server.store.lanes import LOST, Lane, NotSentError
from acd_server.store.library import Variant
from acd_server.store.scripts import Argument, Reply
from acd_server.store.topology import READ_TIMEOUT, Topology
from acd_server.store.wire import Wire
from acd_server.telemetry import observe_script

PATIENCE = 2.0
"""Seconds for which a call is tried again while the store says that it did not run it."""

FIRST_PAUSE, LONGEST_PAUSE = 0.025, 0.4

WAIT_MS = 500
"""A healthy replica answers within a few milliseconds, one on a crowded machine within some
hundred; a failover takes longer than either."""

QUIET_S = 5.0
"""A subscription that hears nothing for so long asks whether the other end lives."""

WRITE_LANES = 2
"""While one waits for a replica the other gathers the next group. Where nothing waits one is enough: its groups are
larger, so there are fewer of them."""


class Client:
    """Scripts in, replies out; knows nodes and lanes, and nothing of the domain."""

    def __init__(self, topology: Topology, variant: Variant, *, replicated: bool) -> None:
        self.topology = topology
        self.variant = variant
        self.replicated = replicated
        self._lanes: dict[str, list[Lane]] = {}
        self._turn = 0
        self._closed = False

    async def call(self, script: str, center: str, arguments: list[Argument]) -> Reply:
        """Runs a script for a center (`_`: the registry). Raises AcdError."""
        prepared = library.script(script, self.variant)
        prefix = keys.REGISTRY if center == "_" else keys.prefix(center)
        command = ("EVALSHA", prepared.sha, 1, prefix, *arguments)
        started = time.perf_counter()
        try:
            reply: Reply = await self._patiently(prefix, command, prepared)
            return reply
        finally:
            observe_script(script, time.perf_counter() - started)

    async def command(self, node: str, *command: Any) -> Any:
        """Runs a plain command on a node."""
        return await self._lane(node, writes=False).submit(command)

    async def _patiently(self, prefix: str, command: tuple[Any, ...], script: library.Script) -> Any:
        give_up = time.monotonic() + PATIENCE
        pause = FIRST_PAUSE
        while True:
            try:
                node = self.topology.node_of(prefix)
                return await self._lane(node, writes=script.writes).submit(command, script)
            except ResponseError as error:
                fault, last = classify(error), as_refusal(error)
                if fault is Fault.FATAL and last is None:
                    raise
            except (NotSentError, KeyError):
                fault, last = Fault.MOVED, None
            except AcdError as error:
                if script.writes or self._closed or error.reason != "STORE_UNAVAILABLE":
                    raise
                fault, last = Fault.MOVED, error
            if fault is Fault.FATAL or time.monotonic() + pause > give_up:
                raise last or AcdError("STORE_UNAVAILABLE")
            if fault is Fault.MOVED:
                await self.refresh()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def refresh(self) -> None:
        """Learns the nodes anew, if any answers, and lets go of those that are gone."""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                await self.topology.refresh()
        except (*LOST, RedisError):
            return
        known = set(self.topology.primaries())
        for node in [node for node in self._lanes if node not in known]:
            for lane in self._lanes.pop(node):
                await lane.close()

    def _lane(self, node: str, *, writes: bool) -> Lane:
        if self._closed:
            # Who waited for a failover while the store was closed must not open it again.
            raise AcdError("STORE_UNAVAILABLE")
        if node not in self._lanes:
            self.topology.connection(node)  # raises KeyError for a node that is gone
            self._lanes[node] = [self._open(node, replicas=0)]
            lanes = WRITE_LANES if self.replicated else 1
            self._lanes[node] += [self._open(node, replicas=int(self.replicated)) for _ in range(lanes)]
        reading, *writing = self._lanes[node]
        if not writes:
            return reading
        self._turn += 1
        return writing[self._turn % len(writing)]

    def _open(self, node: str, *, replicas: int) -> Lane:
        return Lane(lambda: self.topology.connection(node), wait_replicas=replicas, wait_ms=WAIT_MS)

    async def wakes(self) -> AsyncIterator[str]:
        """Ids of centers that something happened in; "" after a gap, when wakes may be lost."""
        while True:
            try:
                with closed_is_lost():
                    async for center in self._subscription():
                        yield center
            except (*LOST, RedisError, KeyError, IndexError):
                await self.refresh()
            await asyncio.sleep(random.uniform(0.1, 0.3))

    async def _subscription(self) -> AsyncIterator[str]:
        connection = self.topology.connection(random.choice(self.topology.primaries()))
        try:
            await connection.connect()  # type: ignore[no-untyped-call]  # redis-py
            with contextlib.closing(Wire(connection)) as wire:
                wire.send([("SUBSCRIBE", keys.WAKE_CHANNEL)])
                while True:
                    for message in await _heard(wire):
                        if isinstance(message, Exception):
                            raise message
                        if message[0] == b"message":
                            yield message[2].decode()
                        elif message[0] == b"subscribe":
                            yield ""
        finally:
            await connection.disconnect(nowait=True)

    async def close(self) -> None:
        self._closed = True
        for lanes in self._lanes.values():
            for lane in lanes:
                await lane.close()
        self._lanes.clear()
        await self.topology.close()


async def _heard(wire: Wire) -> list[Any]:
    """What a subscription says next. Raises TimeoutError when the other end does not live any more."""
    try:
        return await wire.receive(QUIET_S)
    except TimeoutError:
        wire.send([("PING",)])
        return await wire.receive(QUIET_S)
