"""A lane answers every call, also those that it could not send."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis.asyncio.connection import AbstractConnection, Connection

from acd_server.store.lanes import Lane, NotSentError
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
