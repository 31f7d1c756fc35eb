"""The resuming feed against the real router: across a drain, from a token, from a snapshot."""

import asyncio

from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact
from acd.v1.event_pb2 import EVENT_TYPE_CONTACT_ENQUEUED
from acd_client import AcdClient, Feed
from acd_server.store import Store
from tests.support.server import Server, running


async def next_sequence(feed: Feed) -> int:
    async for message in feed:
        if message.HasField("event"):
            return message.event.sequence
    raise AssertionError("a feed has no end")


async def take(feed: Feed, count: int) -> list[int]:
    return [await next_sequence(feed) for _ in range(count)]


async def enqueue(client: AcdClient, center: str, count: int) -> None:
    for _ in range(count):
        contact = Contact(channel=CHANNEL_VOICE)
        await client.contacts.enqueue_contact(parent=f"centers/{center}", contact=contact)


async def test_events_after_a_snapshot_and_after_a_token(server: Server, center: str) -> None:
    async with AcdClient(server.target) as client:
        await client.centers.create_center(center_id=center)
        async with client.watch(center) as feed:
            first = await anext(feed)
            assert first.HasField("snapshot")
            assert first.resume_token
            await enqueue(client, center, 3)
            sequences = await take(feed, 2)
            token = feed.resume_token
        async with client.watch(center, resume_token=token) as feed:
            sequences.append(await next_sequence(feed))
    assert sequences == list(range(sequences[0], sequences[0] + 3))


async def test_a_feed_moves_to_another_server_when_its_own_drains(
    store: Store, center: str, unused_tcp_port: int
) -> None:
    async with running(store) as first, AcdClient(f"{first.target},127.0.0.1:{unused_tcp_port}") as client:
        await client.centers.create_center(center_id=center)
        async with client.watch(center) as feed:
            await anext(feed)
            await enqueue(client, center, 2)
            sequences = await take(feed, 2)
            # Only now is there another: the feed was on the first for certain.
            async with running(store, address=f"127.0.0.1:{unused_tcp_port}"):
                rest = asyncio.create_task(take(feed, 2))
                await first.app.drain()
                await enqueue(client, center, 2)
                sequences += await rest
                assert feed.resumed >= 1
    assert sequences == list(range(sequences[0], sequences[0] + 4))


async def test_idle_feeds_are_kept_alive_by_checkpoints(server: Server, center: str) -> None:
    async with AcdClient(server.target) as client:
        await client.centers.create_center(center_id=center)
        async with client.watch(center, checkpoint_interval=0.1) as feed:
            await anext(feed)
            for _ in range(3):
                assert (await anext(feed)).HasField("checkpoint")
            assert feed.resumed == 0


async def test_a_filtered_feed_gets_its_events_only(server: Server, center: str) -> None:
    async with AcdClient(server.target) as client:
        await client.centers.create_center(center_id=center)
        async with client.watch(center, owner="pbx-1") as feed:
            await anext(feed)
            for owner in ("pbx-2", "pbx-1"):
                contact = Contact(channel=CHANNEL_VOICE, owner=owner)
                await client.contacts.enqueue_contact(parent=f"centers/{center}", contact=contact)
            async for message in feed:
                if message.HasField("event"):
                    assert message.event.contact.owner == "pbx-1"
                    assert message.event.type == EVENT_TYPE_CONTACT_ENQUEUED
                    break
