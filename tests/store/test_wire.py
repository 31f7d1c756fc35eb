"""A wire hands out every reply once, in order, however its bytes come, and says when there will be no more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import hiredis
import pytest
from redis.asyncio.connection import Connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

from acd_server.store.wire import Wire
from tests.support.wait import wait_until

PATIENT, BRIEF = 5.0, 0.05


class Ends:
    """Both ends of a connection; the far one is the test's."""

    def __init__(self, wire: Wire, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.wire, self.reader, self.writer = wire, reader, writer

    async def receive(self, count: int) -> list[object]:
        found: list[object] = []
        while len(found) < count:
            found += await self.wire.receive(PATIENT)
        return found


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    arrived: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    arrived = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *both: arrived.set_result(both), "127.0.0.1", 0)
    connection = Connection(port=server.sockets[0].getsockname()[1], protocol=2, driver_info=None)
    await connection.connect()  # type: ignore[no-untyped-call]  # redis-py
    with contextlib.closing(Wire(connection)) as wire:
        reader, writer = await arrived
        yield Ends(wire, reader, writer)
        writer.close()
    await connection.disconnect(nowait=True)
    server.close()


async def test_commands_go_out_together(ends: Ends) -> None:
    ends.wire.send([("GET", "a"), ("EVALSHA", "sha", 1, "{c}:", "ü", 7)])
    expected = "*2 $3 GET $1 a *6 $7 EVALSHA $3 sha $1 1 $4 {c}: $2 ü $1 7 ".replace(" ", "\r\n").encode()
    assert await ends.reader.readexactly(len(expected)) == expected


async def test_replies_come_in_order_however_their_bytes_come(ends: Ends) -> None:
    replies = b":0\r\n*3\r\n$2\r\nok\r\n:7\r\n$0\r\n\r\n$-1\r\n-NOSCRIPT none\r\n+OK\r\n"
    for cut in range(1, len(replies)):
        for part in (replies[:cut], replies[cut:]):
            ends.writer.write(part)
            await asyncio.sleep(0)
        number, parts, nothing, error, status = await ends.receive(5)
        assert (number, parts, nothing, status) == (0, [b"ok", 7, b""], None, b"OK")
        assert isinstance(error, NoScriptError)


async def test_what_came_before_it_was_asked_for_is_kept(ends: Ends) -> None:
    ends.writer.write(b":1\r\n:2\r\n")
    await wait_until(lambda: ends.wire._came, "the replies are there")
    assert await ends.receive(2) == [1, 2]


async def test_silence_ends_one_wait_and_not_the_wire(ends: Ends) -> None:
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await ends.wire.receive(BRIEF)
    ends.writer.write(b":1\r\n")
    assert await ends.receive(1) == [1]
    assert ends.wire.lost is None


async def test_a_wait_that_is_given_up_loses_no_reply(ends: Ends) -> None:
    waiting = asyncio.create_task(ends.wire.receive(PATIENT))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    ends.writer.write(b":1\r\n")
    assert await ends.receive(1) == [1]


async def test_who_waits_hears_that_the_connection_is_lost(ends: Ends) -> None:
    waiting = asyncio.create_task(ends.wire.receive(PATIENT))
    await asyncio.sleep(0)
    ends.writer.close()
    with pytest.raises(RedisConnectionError):
        await waiting
    # And so does whoever comes later.
    for late in (lambda: ends.wire.receive(PATIENT), lambda: asyncio.to_thread(ends.wire.send, [("PING",)])):
        with pytest.raises(RedisConnectionError):
            await late()


async def test_the_last_replies_of_a_connection_that_ends_are_handed_out(ends: Ends) -> None:
    ends.writer.write(b":1\r\n")
    ends.writer.close()
    await wait_until(lambda: ends.wire.lost, "it is lost")
    assert await ends.receive(1) == [1]
    with pytest.raises(RedisConnectionError):
        await ends.wire.receive(PATIENT)


async def test_nonsense_ends_the_wire_by_name(ends: Ends) -> None:
    ends.writer.write(b"no reply at all\r\n")
    with pytest.raises(hiredis.ProtocolError):
        await ends.wire.receive(PATIENT)
    assert ends.wire.lost
