"""A lane answers every call, also those that it could not send."""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

import pytest
from redis.asyncio.connection import AbstractConnection, Connection

from acd_server.errors import AcdError
from acd_server.store import lanes
from acd_server.store.lanes import MAX_BATCH, Lane, NotSentError
from tests.support.wait import wait_until


def gone() -> AbstractConnection:
    raise KeyError("127.0.0.1:7000")


@contextmanager
def deaf_address() -> Iterator[tuple[str, int]]:
    """Where a connection is never established: the queue of those who want in is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(2)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(listener.getsockname())
            yield listener.getsockname()
        finally:
            for one in waiting:
                one.close()


async def test_a_node_that_left_the_map_gets_no_call_and_the_lane_lives_on() -> None:
    lane = Lane(gone, wait_replicas=0, wait_ms=100)
    for _ in range(2):
        with pytest.raises(NotSentError):
            await asyncio.wait_for(lane.submit(("PING",)), 2.0)
    await lane.close()


async def test_a_lane_that_is_closed_while_it_connects_answers_its_calls() -> None:
    with deaf_address() as (host, port):
        tried: list[Connection] = []

        def connect() -> AbstractConnection:
            tried.append(Connection(host=host, port=port, socket_connect_timeout=30.0))
            return tried[-1]

        lane = Lane(connect, wait_replicas=0, wait_ms=100)
        call = asyncio.create_task(lane.submit(("PING",)))
        await wait_until(lambda: tried, "it connects")
        await lane.close()
        with pytest.raises(NotSentError):
            await asyncio.wait_for(call, 2.0)


class Failing(Connection):
    """A connection that fails at one step, and one that does nothing before it."""

    def __init__(self, step: str, error: Exception) -> None:
        super().__init__()
        self._step, self._error = step, error

    async def connect(self) -> None:
        if self._step == "connect":
            raise self._error
        self._reader, self._writer = asyncio.StreamReader(), FailingWriter(self._error)


class FailingWriter(asyncio.StreamWriter):
    def __init__(self, error: Exception) -> None:
        super().__init__(FailingTransport(error), asyncio.Protocol(), None, asyncio.get_running_loop())


class FailingTransport(asyncio.Transport):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None: ...

    def write(self, data: object) -> None:
        del data
        raise self._error

    def is_closing(self) -> bool:
        return True

    def close(self) -> None: ...


# What uvloop says of a transport that was closed a moment ago.
CLOSED = RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


@pytest.mark.parametrize(
    ("step", "error", "answer"),
    [
        ("connect", CLOSED, NotSentError),
        ("send", CLOSED, AcdError),
        # A fault of ours is told as it is, but it, too, is an answer, and the lane goes on.
        ("connect", ValueError("ours"), ValueError),
        ("send", ValueError("ours"), ValueError),
    ],
)
async def test_whatever_fails_every_call_is_answered_and_the_lane_lives_on(
    step: str, error: Exception, answer: type[Exception]
) -> None:
    lane = Lane(lambda: Failing(step, error), wait_replicas=0, wait_ms=100)
    for _ in range(2):
        with pytest.raises(answer) as caught:
            await asyncio.wait_for(lane.submit(("PING",)), 2.0)
        if isinstance(caught.value, AcdError):
            assert caught.value.reason == "STORE_UNAVAILABLE"
    await lane.close()


class Quick:
    """A wire that keeps what is sent together and answers at once."""

    def __init__(self, _: AbstractConnection) -> None:
        self.lost = None
        self._owed = 0

    groups: ClassVar[list[list[str]]] = []

    def send(self, commands: Iterable[tuple[str, ...]]) -> None:
        self.groups.append([word for (word,) in commands])
        self._owed = len(self.groups[-1])

    async def receive(self, patience_s: float) -> list[str]:
        del patience_s
        return ["PONG"] * self._owed

    def close(self) -> None: ...


class Open(Connection):
    async def connect(self) -> None: ...


def quick_lane(monkeypatch: pytest.MonkeyPatch, gather_s: float) -> Lane:
    Quick.groups.clear()
    monkeypatch.setattr(lanes, "Wire", Quick)
    monkeypatch.setattr(lanes, "GATHER_S", gather_s)
    return Lane(Open, wait_replicas=0, wait_ms=100)


async def test_calls_that_come_alone_go_alone_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = quick_lane(monkeypatch, gather_s=60.0)
    for word in ("a", "b", "c"):
        await asyncio.wait_for(lane.submit((word,)), 5.0)
    assert Quick.groups == [["a"], ["b"], ["c"]]
    await lane.close()


async def test_where_calls_are_many_they_are_gathered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = quick_lane(monkeypatch, gather_s=0.5)
    many = [str(number) for number in range(MAX_BATCH + 10)]
    calls = [asyncio.create_task(lane.submit((word,))) for word in many]
    for word in ("c", "d", "e"):
        # Many rounds of the loop apart, so that each would have been sent by itself.
        for _ in range(20):
            await asyncio.sleep(0)
        calls.append(asyncio.create_task(lane.submit((word,))))
    await asyncio.gather(*calls)
    assert Quick.groups == [many[:MAX_BATCH], [*many[MAX_BATCH:], "c", "d", "e"]]
    await lane.close()


async def test_a_lane_that_is_closed_while_it_gathers_sends_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = quick_lane(monkeypatch, gather_s=60.0)
    many = [asyncio.create_task(lane.submit((str(number),))) for number in range(MAX_BATCH + 10)]
    await asyncio.gather(*many[:MAX_BATCH])
    await lane.close()
    for call in many[MAX_BATCH:]:
        with pytest.raises(NotSentError):
            await call
    assert len(Quick.groups) == 1
