"""A connection of redis-py's once it stands: commands out, replies in, many at a time.

redis-py connects, by TLS too, and says who we are; hiredis writes and reads the protocol. What lies between them in
redis-py costs a stream, several coroutines and a timer for each reply, which is more than the reply.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from acd_server.alarm import Alarm

CLOSED = "the store closed the connection"


class Wire(asyncio.Protocol):
    """Takes a connected connection over; whoever made that closes it."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._loop = asyncio.get_running_loop()
        stream, self._transport, parse_error = _parts(connection)
        self._replies = hiredis.Reader(replyError=parse_error)
        self._came: list[Any] = []
        self._waiter: asyncio.Future[None] | None = None
        self._alarm = Alarm(self._fail_too_late)
        self.lost: Exception | None = stream.exception()
        if stream.at_eof():
            self._lose(None)
        self._transport.set_protocol(self)

    def send(self, commands: Iterable[tuple[Any, ...]]) -> None:
        """Sends the commands together, without waiting for anything. Raises what the connection was lost by."""
        if self.lost:
            raise self.lost
        # hiredis packs a script's call in a seventh of the time that redis-py takes.
        self._transport.write(b"".join([hiredis.pack_command(command) for command in commands]))

    async def receive(self, patience_s: float) -> list[Any]:
        """The replies that came since the last call, one at least; error replies are exceptions in the list.

        Raises TimeoutError when nothing came for so long, or what the connection was lost by.
        """
        if not self._came:
            if self.lost:
                raise self.lost
            self._waiter = self._loop.create_future()
            self._alarm.set(self._loop.time() + patience_s)
            try:
                await self._waiter
            finally:
                self._waiter = None
                self._alarm.stop()
        came, self._came = self._came, []
        return came

    def close(self) -> None:
        self._alarm.close()

    def data_received(self, data: bytes) -> None:
        try:
            self._replies.feed(data)
            while (reply := self._replies.gets()) is not False:
                self._came.append(reply)
        except hiredis.ProtocolError as error:
            self._lose(error)
            return
        if self._came and self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def eof_received(self) -> None:
        self._lose(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(exc)

    def _lose(self, error: Exception | None) -> None:
        self.lost = self.lost or error or RedisConnectionError(CLOSED)
        self._fail(self.lost)

    def _fail_too_late(self) -> None:
        self._fail(TimeoutError())

    def _fail(self, error: Exception) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)


def _parts(connection: Any) -> tuple[asyncio.StreamReader, asyncio.WriteTransport, Callable[[str], Exception]]:
    """What redis-py has no public way to: where it reads, where it writes, and what makes its exceptions."""
    return connection._reader, connection._writer.transport, connection._parser.parse_error  # noqa: SLF001
