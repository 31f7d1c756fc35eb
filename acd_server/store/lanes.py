"""One connection to one store node, shared by many calls.

Calls that arrive while the connection is busy go out together when it is free: many
scripts in one write, and where replication is asked for a single WAIT behind them
(group commit). WAIT speaks only of what its own connection wrote, so it goes down
the same one, always.

Under load calls come one by one and the store is quick, so that groups would hardly ever be more than one call; and
what a group costs both sides is as much as what three calls do. So where calls are so many that a server has hardly
time for them, each group is given a little, as commit_delay does in PostgreSQL; else none is held back.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from acd_server.errors import AcdError
from acd_server.store.faults import closed_is_lost, error_reply, tls_refusal
from acd_server.store.library import Script
from acd_server.store.wire import Wire

LOST = (RedisConnectionError, RedisTimeoutError, OSError, asyncio.TimeoutError)

MAX_BATCH = 64

GATHER_S = 0.002
"""From one group to the next where calls are many. Longer ones save little more and are felt by callers."""

MANY = 3
"""Calls that come in that time, in the mean, for it to be worth their wait."""
LATELY = 1 / 64
"""Weight of the newest call in that mean."""

ANSWER_S = 2.0
"""After so long without a reply to what was sent the connection counts as lost."""


class NotSentError(Exception):
    """The call never reached the node: it is safe to send it elsewhere."""


@dataclass(slots=True)
class Call:
    """A command in flight. `script` is None for plain commands (PING and the like)."""

    command: tuple[Any, ...]
    script: Script | None
    reply: asyncio.Future[Any]

    @property
    def writes(self) -> bool:
        return self.script is not None and self.script.writes


def _reply(error: Exception) -> ResponseError:
    """An error reply as what it is. Raises the error of a store that did not take us on."""
    reply = error_reply(error)
    if reply is None:
        raise error
    return reply


class Lane:
    """Sends calls down one connection, in batches, and hands each its reply.

    `wait_replicas` > 0: a call of a writing script that answered OK fails with
    NOT_REPLICATED unless that many replicas confirmed it within `wait_ms`.
    """

    def __init__(self, connect: Callable[[], AbstractConnection], *, wait_replicas: int, wait_ms: int) -> None:
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._wait = ("WAIT", wait_replicas, wait_ms) if wait_replicas else None
        self._waiting: deque[Call] = deque()
        self._idle: asyncio.Future[None] | None = None
        self._connection: AbstractConnection | None = None
        self._wire: Wire | None = None
        self._came_at, self._gap, self._next_at = 0.0, GATHER_S, 0.0
        self._task = asyncio.create_task(self._run())

    async def submit(self, command: tuple[Any, ...], script: Script | None = None) -> Any:
        """The reply to one command. Raises ResponseError, NotSentError, or AcdError."""
        call = Call(command, script, self._loop.create_future())
        now = self._loop.time()
        # One long pause says no more than that there was one.
        self._gap += LATELY * (min(now - self._came_at, GATHER_S) - self._gap)
        self._came_at = now
        self._waiting.append(call)
        if self._idle and not self._idle.done():
            self._idle.set_result(None)
        return await call.reply

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._fail(list(self._waiting), NotSentError())
        self._waiting.clear()
        await self._disconnect()

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                self._idle = self._loop.create_future()
                await self._idle
            if (pause := self._next_at - self._loop.time()) > 0:
                await asyncio.sleep(pause)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
            # A caller that gave up before its call was sent must not have it executed.
            batch = [call for call in batch if not call.reply.done()]
            if batch:
                self._next_at = self._loop.time() + GATHER_S if MANY * self._gap < GATHER_S else 0.0
                await self._serve_whatever_comes(batch)

    async def _serve_whatever_comes(self, batch: list[Call]) -> None:
        """A fault of ours is answered, too, and leaves nobody waiting at a dead lane."""
        try:
            await self._serve(batch)
        except Exception as error:  # noqa: BLE001 - the callers get it, and whoever answers theirs logs it
            await self._disconnect()
            self._fail(batch, error)

    async def _serve(self, batch: list[Call]) -> None:
        try:
            wire = await self._connected()
        except KeyError:
            # The node left the map between the choice of this lane and now.
            self._fail(batch, NotSentError())
            return
        except (*LOST, RedisError) as error:
            await self._disconnect()
            self._fail(batch, error_reply(error) or tls_refusal(error) or NotSentError())
            return
        except asyncio.CancelledError:
            self._fail(batch, NotSentError())
            raise
        try:
            with closed_is_lost():
                await self._exchange(wire, batch)
        except LOST as error:
            await self._disconnect()
            self._fail(batch, tls_refusal(error) or AcdError("STORE_UNAVAILABLE"))
        except asyncio.CancelledError:
            self._fail(batch, AcdError("STORE_UNAVAILABLE"))
            raise

    async def _connected(self) -> Wire:
        # A connection that the other end closed while it was idle must not swallow a call, whose
        # outcome would be unknown.
        if self._wire and self._wire.lost:
            await self._disconnect()
        if self._wire is None:
            self._connection = self._connect()
            with closed_is_lost():
                await self._connection.connect()  # type: ignore[no-untyped-call]  # redis-py
            self._wire = Wire(self._connection)
        return self._wire

    async def _disconnect(self) -> None:
        if self._wire:
            self._wire.close()
        connection, self._connection, self._wire = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.disconnect(nowait=True)

    async def _exchange(self, wire: Wire, batch: list[Call]) -> None:
        replies = await self._send(wire, batch)
        missing = [i for i, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if missing:
            await self._load(wire, [batch[i] for i in missing])
            # Only a later WAIT on this connection speaks of what is sent again.
            for i, reply in zip(missing, await self._send(wire, [batch[i] for i in missing]), strict=True):
                replies[i] = reply
        for call, reply in zip(batch, replies, strict=True):
            if call.reply.done():
                continue
            if isinstance(reply, Exception):
                call.reply.set_exception(reply)
            else:
                call.reply.set_result(reply)

    async def _send(self, wire: Wire, calls: Sequence[Call]) -> list[Any]:
        commands: list[tuple[Any, ...]] = [call.command for call in calls]
        wait = self._wait if any(call.writes for call in calls) else None
        if wait:
            commands.append(wait)
        replies = await self._ask(wire, commands)
        if wait:
            confirmed = replies.pop()
            if not isinstance(confirmed, int) or confirmed < wait[1]:
                replies = [self._unconfirmed(call, reply) for call, reply in zip(calls, replies, strict=True)]
        return replies

    async def _ask(self, wire: Wire, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The reply to each, error replies included. Raises one of LOST when they do not all come in time."""
        wire.send(commands)
        replies: list[Any] = []
        while len(replies) < len(commands):
            replies += await wire.receive(ANSWER_S)
        return [_reply(reply) if isinstance(reply, Exception) else reply for reply in replies]

    @staticmethod
    def _unconfirmed(call: Call, reply: Any) -> Any:
        ok = call.writes and isinstance(reply, list) and reply[0] == b"ok"
        return AcdError("NOT_REPLICATED") if ok else reply

    async def _load(self, wire: Wire, calls: Sequence[Call]) -> None:
        texts = {call.script.text for call in calls if call.script}
        await self._ask(wire, [("SCRIPT", "LOAD", text) for text in texts])

    @staticmethod
    def _fail(calls: Sequence[Call], error: Exception) -> None:
        for call in calls:
            if not call.reply.done():
                call.reply.set_exception(error)
