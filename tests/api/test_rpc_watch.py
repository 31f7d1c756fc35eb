import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio
import pytest

from acd.v1.assignment_feed_pb2 import WatchRequest, WatchResponse
from acd.v1.center_service_pb2 import GetCenterSnapshotRequest
from acd.v1.contact_pb2 import CHANNEL_VOICE, CONTACT_STATE_ACTIVE, CONTACT_STATE_OFFERED, Contact
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, EnqueueContactRequest
from acd.v1.event_pb2 import EventType
from acd_server.store import Store, keys
from acd_server.tokens import ResumeToken, decode_resume_token, encode_resume_token
from tests.api.harness import Api, Bank, refusal
from tests.api.violations import span
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import running
from tests.support.wait import wait_until


class Feed:
    """A feed, read one message at a time."""

    def __init__(self, api: Api, request: WatchRequest) -> None:
        self.call = api.feed.Watch(request)

    async def read(self) -> WatchResponse:
        async with asyncio.timeout(10):
            response = await self.call.read()
        assert isinstance(response, WatchResponse), "the feed ended"
        return response

    async def events(self, count: int) -> list[str]:
        """The types of the next events, and what each is about."""
        found: list[str] = []
        while len(found) < count:
            event = (await self.read()).event
            about = event.contact.name or event.agent.name or event.skill.name or event.center.name
            if event.sequence:
                kind = EventType.Name(event.type).removeprefix("EVENT_TYPE_")
                found.append(f"{kind} {about.rsplit('/', 1)[-1]}")
        return found


@asynccontextmanager
async def watching(bank: Bank, **fields: Any) -> AsyncIterator[Feed]:
    feed = Feed(bank.api, WatchRequest(parent=bank.name, **fields))
    try:
        yield feed
    finally:
        feed.call.cancel()


async def now(bank: Bank) -> str:
    request = GetCenterSnapshotRequest(name=bank.name)
    return (await bank.api.centers.GetCenterSnapshot(request)).resume_token


async def test_without_a_token_it_begins_with_a_snapshot(bank: Bank) -> None:
    await bank.active("active", "ada")
    await bank.offered("offered", "bob")
    await bank.contact("queued")
    async with watching(bank) as feed:
        states: dict[str, int] = {}
        while not (response := await feed.read()).snapshot.last:
            assert response.resume_token == ""
            states |= {contact.name: contact.state for contact in response.snapshot.contacts}
        assert response.resume_token
        assert states == {
            bank.contact_name("active"): CONTACT_STATE_ACTIVE,
            bank.contact_name("offered"): CONTACT_STATE_OFFERED,
        }
        await bank.contact("next")
        assert await feed.events(1) == ["CONTACT_ENQUEUED next"]


async def test_with_a_token_it_goes_on_after_it(bank: Bank) -> None:
    token = await now(bank)
    await bank.offered()
    async with watching(bank, resume_token=token) as feed:
        first = await feed.read()
        assert first.event.agent.name == bank.agent_name()
        assert await feed.events(3) == [
            "AGENT_STATE_CHANGED ada",
            "CONTACT_ENQUEUED c1",
            "CONTACT_OFFERED c1",
        ]
    async with watching(bank, resume_token=first.resume_token) as feed:
        assert await feed.events(1) == ["AGENT_STATE_CHANGED ada"]


async def test_an_event_has_the_resources_as_they_are_after_it(bank: Bank) -> None:
    name = await bank.offered()
    token = await now(bank)
    await bank.api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=name))
    async with watching(bank, resume_token=token) as feed:
        event = (await feed.read()).event
    assert event.assignment == (await bank.get_contact()).assignment
    assert event.contact == await bank.get_contact()
    assert event.agent == await bank.get_agent()
    assert event.sequence == event.contact.sequence == event.agent.sequence


async def test_the_feed_of_an_agent(bank: Bank) -> None:
    token = await now(bank)
    await bank.agent("bob")
    await bank.agent("ada")
    await bank.contact("c1")
    await bank.contact("c2")
    await bank.match()
    async with watching(bank, resume_token=token, agent=bank.agent_name("bob")) as feed:
        assert await feed.events(3) == ["AGENT_CREATED bob", "AGENT_STATE_CHANGED bob", "CONTACT_OFFERED c1"]


async def test_the_feed_of_skills(bank: Bank) -> None:
    await bank.skill("billing", "cards", "loans")
    token = await now(bank)
    await bank.contact("c1", billing=1)
    await bank.contact("c2", loans=1)
    await bank.contact("c3", cards=1, loans=1)
    async with watching(bank, resume_token=token, skill_ids=["billing", "cards"]) as feed:
        assert await feed.events(2) == ["CONTACT_ENQUEUED c1", "CONTACT_ENQUEUED c3"]


async def test_the_feed_of_an_owner(bank: Bank) -> None:
    token = await now(bank)
    await bank.contact("c1", owner="edge-1")
    await bank.contact("c2", owner="edge-2")
    await bank.contact("c3", owner="edge-1")
    async with watching(bank, resume_token=token, owner="edge-1") as feed:
        assert await feed.events(2) == ["CONTACT_ENQUEUED c1", "CONTACT_ENQUEUED c3"]


async def test_a_checkpoint_breaks_the_silence(bank: Bank) -> None:
    token = await now(bank)
    sequence = (await bank.get()).sequence
    async with watching(bank, resume_token=token, checkpoint_interval=span(0.1)) as feed:
        response = await feed.read()
        assert response.WhichOneof("payload") == "checkpoint"
        assert response.checkpoint.sequence == sequence
        assert response.resume_token


async def test_a_checkpoint_takes_the_filter_along(bank: Bank) -> None:
    token = await now(bank)
    await bank.contact("c1")
    last = (await bank.get_contact("c1")).sequence
    async with watching(bank, resume_token=token, owner="nobody", checkpoint_interval=span(0.1)) as feed:
        while (response := await feed.read()).checkpoint.sequence < last:
            pass
    async with watching(bank, resume_token=response.resume_token) as feed:
        await bank.contact("c2")
        assert await feed.events(1) == ["CONTACT_ENQUEUED c2"]


@pytest.mark.parametrize("token", ["x", "AQAAAABiYW5r", "ü", "x" * 2000])
async def test_a_malformed_token(bank: Bank, token: str) -> None:
    async with watching(bank, resume_token=token) as feed:
        assert (await refusal(feed.call.read())).reason == "RESUME_TOKEN_INVALID"


async def test_a_token_of_another_center(bank: Bank) -> None:
    token = encode_resume_token(ResumeToken("other", "x", 1, 1))
    async with watching(bank, resume_token=token) as feed:
        assert (await refusal(feed.call.read())).reason == "RESUME_TOKEN_INVALID"


async def test_a_token_of_another_history(bank: Bank) -> None:
    token = decode_resume_token(await now(bank), bank.id)
    for other in (
        ResumeToken(bank.id, "another", token.sequence, token.stamp),
        ResumeToken(bank.id, token.incarnation, token.sequence, token.stamp + 1),
        ResumeToken(bank.id, token.incarnation, token.sequence + 7, token.stamp),
    ):
        async with watching(bank, resume_token=encode_resume_token(other)) as feed:
            refused = await refusal(feed.call.read())
        assert refused.reason == "HISTORY_DIVERGED"
        assert refused.metadata.keys() == {"oldestToken"}


async def test_a_token_too_old(bank: Bank, store: Store) -> None:
    token = await now(bank)
    await bank.contact("c1")
    await bank.contact("c2")
    prefix = keys.prefix(bank.id)
    node = store.client.topology.node_of(prefix)
    await store.client.command(node, "XTRIM", f"{prefix}events", "MAXLEN", "1")
    async with watching(bank, resume_token=token) as feed:
        refused = await refusal(feed.call.read())
    assert refused.reason == "RESUME_TOKEN_EXPIRED"
    async with watching(bank, resume_token=refused.metadata["oldestToken"]) as feed:
        await bank.contact("c3")
        await feed.events(1)


async def test_too_many_feeds(bank: Bank, store: Store, store_processes: StoreProcesses) -> None:
    async with (
        running(store, max_feeds_per_center=1) as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        here = Bank(Api(channel, store_processes), bank.id)
        async with watching(here) as feed:
            await feed.read()
            async with watching(here) as second:
                refused = await refusal(second.call.read())
            assert refused.reason == "TOO_MANY_FEEDS"
            assert refused.metadata == {"name": bank.name, "limit": "1"}


async def test_a_server_that_stops(bank: Bank, store: Store, store_processes: StoreProcesses) -> None:
    async with running(store) as server, grpc.aio.insecure_channel(server.target) as channel:
        here = Bank(Api(channel, store_processes), bank.id)
        async with watching(here) as feed:
            token = (await feed.read()).resume_token
            drain = asyncio.create_task(server.app.drain())
            refused = await refusal(feed.call.read())
            await drain
    assert refused.reason == "DRAINING"
    assert refused.metadata == {"resumeToken": token}
    async with watching(bank, resume_token=refused.metadata["resumeToken"]) as feed:
        await bank.contact()
        assert await feed.events(1) == ["CONTACT_ENQUEUED c1"]


async def test_a_reader_that_takes_nothing(bank: Bank, store: Store, store_processes: StoreProcesses) -> None:
    # A client with a small window: what it does not take piles up at the server soon.
    options = [("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65_536)]
    async with (
        running(store, feed_write_timeout_s=0.2) as server,
        grpc.aio.insecure_channel(server.target, options=options) as channel,
    ):
        here = Bank(Api(channel, store_processes), bank.id)
        feed = here.api.feed.Watch(WatchRequest(parent=here.name, resume_token=await now(here)))
        await _flood(bank)
        hub = server.app._hub
        assert hub is not None
        await wait_until(lambda: not hub._open, "the server has had enough")
        refused = await refusal(_read_to_the_end(feed))
    assert refused.reason == "FEED_OVERRUN"
    async with watching(bank, resume_token=refused.metadata["resumeToken"]) as again:
        assert await again.events(1)


async def _flood(bank: Bank) -> None:
    """Makes 3 MB of events."""
    contact = Contact(channel=CHANNEL_VOICE, attributes={f"k{i}": "x" * 1024 for i in range(32)})
    for i in range(100):
        request = EnqueueContactRequest(parent=bank.name, contact_id=f"c{i}", contact=contact)
        await bank.api.contacts.EnqueueContact(request)


async def _read_to_the_end(feed: Any) -> None:
    while True:
        await feed.read()


async def test_a_center_or_an_agent_that_does_not_exist(api: Api, bank: Bank) -> None:
    call = api.feed.Watch(WatchRequest(parent="centers/nowhere"))
    assert (await refusal(call.read())).reason == "RESOURCE_NOT_FOUND"
    async with watching(bank, agent=bank.agent_name("nobody")) as feed:
        assert (await refusal(feed.call.read())).metadata == {"name": bank.agent_name("nobody")}


async def test_bad_input(bank: Bank) -> None:
    async with watching(bank, agent="centers/other/agents/ada", checkpoint_interval=span(61)) as feed:
        refused = await refusal(feed.call.read())
    assert (refused.reason, refused.fields) == ("INVALID_FIELD", ["agent", "checkpoint_interval"])
    async with watching(bank, agent=bank.agent_name(), owner="x") as feed:
        assert (await refusal(feed.call.read())).fields == ["owner"]
