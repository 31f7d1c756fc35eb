"""The map of a cluster, learned anew."""

import asyncio
from typing import Any

import pytest
from redis.asyncio.cluster import NodesManager
from redis.exceptions import ConnectionError as RedisConnectionError

from acd_server.store.topology import Cluster


async def test_callers_who_ask_together_share_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a shard is lost every call to it asks; one answer that was begun after they asked is enough for all."""
    cluster = Cluster("redis+cluster://127.0.0.1:1")
    begun, go = asyncio.Event(), asyncio.Event()
    count = 0

    async def initialize(*_arguments: Any, **_named: Any) -> None:
        nonlocal count
        count += 1
        begun.set()
        await go.wait()

    monkeypatch.setattr(NodesManager, "initialize", initialize)
    first = asyncio.create_task(cluster.refresh())
    await begun.wait()
    others = [asyncio.create_task(cluster.refresh()) for _ in range(20)]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(first, *others)
    assert count == 2, "one that was under way when they asked, and one for all of them"
    await cluster.refresh()
    assert count == 3, "who asks later is told anew"
    await cluster.close()


async def test_a_failed_attempt_is_nobodys_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster("redis+cluster://127.0.0.1:1")
    count = 0

    async def initialize(*_arguments: Any, **_named: Any) -> None:
        nonlocal count
        count += 1
        raise ConnectionRefusedError

    monkeypatch.setattr(NodesManager, "initialize", initialize)
    ended = await asyncio.gather(*(cluster.refresh() for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in ended] == [ConnectionRefusedError] * 3
    assert count == 3
    await cluster.close()


@pytest.mark.parametrize(
    "fault",
    [
        # redis-py takes the first of no primaries; a server that starts meanwhile must wait, not die.
        IndexError("list index out of range"),
        # What uvloop says of a transport that was closed a moment ago.
        RuntimeError("the handler is closed"),
    ],
)
async def test_what_says_that_no_node_answers_is_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    cluster = Cluster("redis+cluster://127.0.0.1:1")

    async def initialize(*_arguments: Any, **_named: Any) -> None:
        raise fault

    monkeypatch.setattr(NodesManager, "initialize", initialize)
    with pytest.raises(RedisConnectionError):
        await cluster.refresh()
    await cluster.close()
