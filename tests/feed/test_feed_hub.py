"""The promise of feeds, clause by clause, at the hub: one reader, many cursors."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import pytest

from acd.v1.assignment_feed_pb2 import WatchResponse
from acd_server import feed
from acd_server.errors import AcdError
from acd_server.feed import FeedHub
from acd_server.feed_events import Outgoing
from acd_server.store import Store
from acd_server.store.events import History
from acd_server.validation import Watch
from tests.store.seeds import POLICY, Seed

CENTER = "feeds"


@dataclass(frozen=True)
class Limits:
    max_feeds_per_center: int = 200
    feed_checkpoint_s: float = 0.2
    feed_max_life_s: float = 1800.0


@pytest.fixture
async def hub(store: Store) -> AsyncIterator[FeedHub]:
    await store.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
    hub = FeedHub(store, Limits())
    await hub.start()
    yield hub
    await hub.close()


async def happen(store: Store, count: int) -> None:
    """Makes `count` events."""
    for first in range(0, count, 100):
        await asyncio.gather(
            *(
                store.centers.update_center(CENTER, {"display_name": str(number)}, request=None)
                for number in range(first, min(first + 100, count))
            )
        )


def watch(resume_token: str = "") -> Watch:
    return Watch(CENTER, "", frozenset(), "", resume_token, 0.0)


class Reader:
    """Takes messages from a feed one by one."""

    def __init__(self, hub: FeedHub, token: str = "") -> None:
        self._messages: AsyncGenerator[Outgoing, None] = hub.watch(watch(token))
        self.token = token

    async def next(self) -> WatchResponse:
        async with asyncio.timeout(10):
            message = await anext(self._messages)
        response = WatchResponse.FromString(message.payload)
        assert message.token == response.resume_token
        self.token = response.resume_token or self.token
        return response

    async def events(self, count: int) -> list[int]:
        """The numbers of the next `count` events; checkpoints are passed over."""
        found: list[int] = []
        while len(found) < count:
            response = await self.next()
            if response.HasField("event"):
                found.append(response.event.sequence)
        return found

    async def snapshot(self) -> None:
        while not (await self.next()).snapshot.last:
            pass

    async def close(self) -> None:
        await self._messages.aclose()


@contextlib.asynccontextmanager
async def reading(hub: FeedHub, token: str = "") -> AsyncIterator[Reader]:
    reader = Reader(hub, token)
    try:
        yield reader
    finally:
        await reader.close()


async def test_events_are_dense_and_in_order(hub: FeedHub, store: Store) -> None:
    """Two readers get every event once, in order, whatever their pace."""
    async with reading(hub) as quick, reading(hub) as slow:
        await quick.snapshot()
        await slow.snapshot()
        await happen(store, 30)
        assert await quick.events(30) == list(range(2, 32))
        await happen(store, 30)
        assert await quick.events(30) == list(range(32, 62))
        assert await slow.events(60) == list(range(2, 62))


async def test_a_feed_that_has_lived_long_enough_ends_with_a_checkpoint_and_goes_on_elsewhere(
    hub: FeedHub, store: Store
) -> None:
    mortal = FeedHub(store, Limits(feed_checkpoint_s=60.0, feed_max_life_s=0.4))
    await mortal.start()
    try:
        async with reading(mortal) as reader:
            await reader.snapshot()
            await happen(store, 3)
            assert await reader.events(3) == [2, 3, 4]
            began = asyncio.get_running_loop().time()
            assert (await reader.next()).checkpoint.sequence == 4
            assert asyncio.get_running_loop().time() - began < 5, "the checkpoint of the end came of itself"
            with pytest.raises(StopAsyncIteration):
                await reader.next()
    finally:
        await mortal.close()
    await happen(store, 1)
    async with reading(hub, reader.token) as successor:
        assert await successor.events(1) == [5]


async def test_who_falls_behind_the_ring_reads_from_the_store(
    hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow reader misses nothing, and nothing is kept for it."""
    monkeypatch.setattr(feed, "RING", 8)
    async with reading(hub) as quick, reading(hub) as slow:
        await quick.snapshot()
        await slow.snapshot()
        await happen(store, 100)
        assert await quick.events(100) == list(range(2, 102))
        assert await slow.events(100) == list(range(2, 102))


async def test_a_feed_goes_on_at_another_server(hub: FeedHub, store: Store) -> None:
    """A token of one hub is good at another one; nothing is repeated and nothing missing."""
    other = FeedHub(store, Limits())
    await other.start()
    async with reading(hub) as reader:
        await reader.snapshot()
        await happen(store, 10)
        await reader.events(4)
        token = reader.token
    async with reading(other, token) as reader:
        assert await reader.events(6) == list(range(6, 12))
    await other.close()


@contextlib.asynccontextmanager
async def ahead_of_its_reader(
    hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Reader, Reader]]:
    """A feed that has read as far as this server, and one that comes from another, which has told three events more."""
    monkeypatch.setattr(feed, "POLL_S", 60.0)
    other = FeedHub(store, Limits())
    await other.start()
    async with reading(hub) as behind:
        await behind.snapshot()
        store.wakes._listeners.clear()
        await happen(store, 3)
        async with reading(other) as ahead:
            await ahead.snapshot()
        async with reading(hub, ahead.token) as resumed:
            assert (await resumed.next()).checkpoint.sequence == 4
            yield behind, resumed
    await other.close()


async def test_a_token_that_is_ahead_of_a_servers_reader_repeats_nothing(
    hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server has told more than this one has read: what it told comes once, and no checkpoint goes back."""
    async with ahead_of_its_reader(hub, store, monkeypatch) as (_, resumed):
        await happen(store, 1)
        hub._wake(CENTER)
        assert await resumed.events(1) == [5]


async def test_nothing_is_delivered_before_it_is_confirmed(
    hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While an event could still be lost, neither it nor a token that names it goes out."""
    async with reading(hub) as reader:
        await reader.snapshot()
        allowed, confirm = asyncio.Event(), store.events.confirm_events

        async def slowly(center: str, *, sequence: int, stamp: int) -> None:
            await allowed.wait()
            await confirm(center, sequence=sequence, stamp=stamp)

        monkeypatch.setattr(store.events, "confirm_events", slowly)
        await happen(store, 3)
        checkpoint = await reader.next()
        assert checkpoint.HasField("checkpoint")
        assert checkpoint.checkpoint.sequence == 1
        allowed.set()
        assert await reader.events(3) == [2, 3, 4]


async def test_a_lost_wake_up_is_repaired(hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any wake-up the reader looks again by itself."""
    async with reading(hub) as reader:
        await reader.snapshot()
        monkeypatch.setattr(hub, "_wake", lambda _center: None)
        store.wakes._listeners.clear()
        await happen(store, 1)
        async with asyncio.timeout(feed.POLL_S + 2):
            assert await reader.events(1) == [2]


async def lose_the_tail(store: Store, last: int) -> None:
    """What a double fault does: the last event is gone and its number given again."""
    prefix = f"{{{CENTER}}}:"
    node = store.client.topology.node_of(prefix)
    kept = (await store.client.command(node, "XRANGE", f"{prefix}events", "-", "+"))[: last - 1]
    await store.client.command(node, "DEL", f"{prefix}events")
    for number, fields in kept:
        await store.client.command(node, "XADD", f"{prefix}events", number, *fields)
    await store.client.command(node, "HSET", f"{prefix}clock", "sequence", last - 1)


async def test_a_lost_tail_is_told_while_reading(hub: FeedHub, store: Store) -> None:
    """A reader that saw an event which is no longer part of the history is told so by name."""
    async with reading(hub) as reader:
        await reader.snapshot()
        await happen(store, 3)
        await reader.events(3)
        await lose_the_tail(store, 4)
        await happen(store, 2)
        with pytest.raises(AcdError) as refused:
            await reader.events(1)
    assert refused.value.reason == "HISTORY_DIVERGED"


async def test_a_lost_tail_is_told_to_a_feed_behind_the_ring(
    hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The center's reader has noticed nothing; but where the feed stands there is another event now."""
    for name, value in (("RING", 8), ("BATCH", 3), ("POLL_S", 60.0)):
        monkeypatch.setattr(feed, name, value)
    async with reading(hub) as quick, reading(hub) as slow:
        await quick.snapshot()
        await slow.snapshot()
        await happen(store, 40)
        assert await quick.events(40) == list(range(2, 42))
        assert await slow.events(3) == [2, 3, 4]
        store.wakes._listeners.clear()
        await lose_the_tail(store, 4)
        await happen(store, 60)
        with pytest.raises(AcdError) as refused:
            await slow.events(3)
    assert refused.value.reason == "HISTORY_DIVERGED"


@pytest.mark.parametrize("since", [1, 2])
async def test_a_lost_tail_is_told_to_a_feed_that_is_ahead_of_its_reader(
    hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch, since: int
) -> None:
    """The reader comes to the feed's number when another event has it, and has lost nothing itself."""
    async with ahead_of_its_reader(hub, store, monkeypatch) as (behind, resumed):
        await lose_the_tail(store, 4)
        await happen(store, since)
        hub._wake(CENTER)
        with pytest.raises(AcdError) as refused:
            await resumed.events(1)
        assert refused.value.reason == "HISTORY_DIVERGED"
        assert await behind.events(2 + since) == list(range(2, 4 + since))


async def test_a_lost_tail_that_a_snapshot_showed_is_told(
    hub: FeedHub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact in it was newer than the event with which the feed begins, and only that event is still there."""
    monkeypatch.setattr(feed, "POLL_S", 60.0)
    async with reading(hub) as behind:
        await behind.snapshot()
        store.wakes._listeners.clear()
        await store.agents.create_agent(CENTER, "ada", display_name="", skills={}, request=None)
        await store.agents.set_agent_state(CENTER, "ada", presence="AVAILABLE", reason="", request=None)
        await Seed(store, CENTER).enqueue("c")
        await store.dispatch.match_contacts(CENTER, max_pairs=1)
        async with reading(hub) as told:
            shown = (await told.next()).snapshot.contacts[0].sequence
            await told.snapshot()
            await lose_the_tail(store, shown)
            await happen(store, 1)
            hub._wake(CENTER)
            with pytest.raises(AcdError) as refused:
                await told.events(1)
        assert refused.value.reason == "HISTORY_DIVERGED"


async def test_a_lost_tail_is_told_on_resuming(hub: FeedHub, store: Store) -> None:
    """The same for a token: its number exists again, its stamp does not."""
    async with reading(hub) as reader:
        await reader.snapshot()
        await happen(store, 3)
        await reader.events(3)
        token = reader.token
    await lose_the_tail(store, 4)
    async with reading(hub, token) as reader:
        with pytest.raises(AcdError) as refused:
            await reader.next()
    assert refused.value.reason == "HISTORY_DIVERGED"
    await happen(store, 2)
    async with reading(hub, token) as reader:
        with pytest.raises(AcdError) as refused:
            await reader.next()
    assert refused.value.reason == "HISTORY_DIVERGED"


async def test_old_events_are_forgotten_by_name(store_url: str, store: Store) -> None:
    """Beyond the history a token gets the oldest one instead of a silent jump."""
    small = await Store.open(store_url, history_max=1000)
    await small.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
    hub = FeedHub(small, Limits())
    await hub.start()
    async with reading(hub) as reader:
        await reader.snapshot()
        token = reader.token
    await happen(store, 1300)
    history = await store.events.read_events(CENTER, first=1, limit=1)
    assert 1000 <= history.last - history.oldest + 1 <= 1100
    async with reading(hub, token) as reader:
        with pytest.raises(AcdError) as refused:
            await reader.next()
    assert refused.value.reason == "RESUME_TOKEN_EXPIRED"
    oldest = refused.value.metadata["oldestToken"]
    async with reading(hub, oldest) as reader:
        assert await reader.events(2) == [history.oldest + 1, history.oldest + 2]
    await hub.close()
    await small.close()


async def test_a_reader_behind_the_history_ends_its_feeds_by_name(
    store_url: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it did not read is gone. Who comes next gets a reader that has its place."""
    small = await Store.open(store_url, history_max=1000)
    await small.centers.create_center(CENTER, display_name="", policy=POLICY, request=None)
    hub = FeedHub(small, Limits())
    await hub.start()
    allowed, read_events = asyncio.Event(), small.events.read_events

    async def held(center: str, *, first: int, limit: int) -> History:
        await allowed.wait()
        return await read_events(center, first=first, limit=limit)

    async with reading(hub) as reader:
        await reader.snapshot()
        monkeypatch.setattr(small.events, "read_events", held)
        await happen(store, 1300)
        allowed.set()
        with pytest.raises(AcdError) as refused:
            await reader.events(1)
        assert refused.value.reason == "RESUME_TOKEN_EXPIRED"
        async with reading(hub, refused.value.metadata["oldestToken"]) as other:
            assert len(await other.events(2)) == 2
    await hub.close()
    await small.close()
