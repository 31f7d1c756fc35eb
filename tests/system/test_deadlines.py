"""Deadlines fire in time, and lost wake-ups cost a second at most, with real processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.contact_pb2 import CHANNEL_VOICE, CONTACT_STATE_OFFERED, Contact
from acd.v1.event_pb2 import Event
from acd_client import AcdClient
from tests.support.cells import Cell
from tests.support.redis_process import Store
from tests.support.wait import wait_until
from tests.system.processes import running_router
from tests.system.witness import duration

OFFERS = 20
LATE_S = 0.5
"""The goal is 0.1 s on a healthy machine; this one may be busy with other things."""
CONTACTS = 5
REPAIR_S = 2.0
"""The goal is 1 s."""


async def create(client: AcdClient, center: str, *, agents: int, policy: CenterPolicy) -> str:
    """A center with agents who are available; its feed's token from before them."""
    await client.centers.create_center(center_id=center, center=Center(policy=policy))
    for number in range(agents):
        await client.agents.create_agent(parent=f"centers/{center}", agent_id=f"agent-{number}")
        name = f"centers/{center}/agents/agent-{number}"
        await client.agents.set_agent_state(name=name, presence=PRESENCE_AVAILABLE)
    return (await client.centers.get_center_snapshot(name=f"centers/{center}")).resume_token


async def enqueue(client: AcdClient, center: str, contact: str) -> None:
    await client.contacts.enqueue_contact(
        parent=f"centers/{center}", contact_id=contact, contact=Contact(channel=CHANNEL_VOICE)
    )


async def read_misses(client: AcdClient, center: str, token: str, count: int) -> list[tuple[Event, Event]]:
    """Pairs of offer and miss, until there are `count`."""
    offers: dict[str, Event] = {}
    found: list[tuple[Event, Event]] = []
    async with client.watch(center, resume_token=token) as feed:
        async for message in feed:
            event = message.event
            if event.type == events.EVENT_TYPE_CONTACT_OFFERED:
                offers[event.assignment.name] = event
            elif event.type == events.EVENT_TYPE_CONTACT_MISSED:
                found.append((offers[event.assignment.name], event))
            if len(found) == count:
                break
    return found


@pytest.mark.timeout(120)
async def test_offers_end_when_their_time_is_over(
    store_url: str, cell: Cell, center: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    policy = CenterPolicy(offer_timeout=duration(0.25), retry_delay=duration(0.05), max_missed_offers=0)
    async with running_router(tmp_path, store_url, cell.documents) as router, AcdClient(router.target) as client:
        token = await create(client, center, agents=4, policy=policy)
        for number in range(4):
            await enqueue(client, center, f"c{number}")
        misses = await read_misses(client, center, token, OFFERS)
    late = sorted(
        (missed.event_time.ToMicroseconds() - offered.assignment.deadline.ToMicroseconds()) / 1e6
        for offered, missed in misses
    )
    p95 = late[int(0.95 * len(late)) - 1]
    median = late[len(late) // 2]
    told = f"{cell.name}: {len(late)} offers ended {median * 1e3:.0f} ms late (median), {p95 * 1e3:.0f} ms (95 %)"
    request.node.user_properties.append(("note", told))
    assert late[0] >= 0, "never before its time"
    assert p95 <= LATE_S
    assert all(one[1].sequence < other[1].sequence for one, other in pairwise(misses))


@pytest.mark.timeout(120)
async def test_contacts_are_offered_while_wake_ups_are_lost(
    clean_store: Store, cell: Cell, center: str, tmp_path: Path
) -> None:
    async with (
        running_router(tmp_path, clean_store.application_url, cell.documents) as router,
        AcdClient(router.target) as client,
    ):
        await create(client, center, agents=CONTACTS, policy=CenterPolicy(offer_timeout=duration(60)))
        async with no_subscriptions(clean_store):
            for number in range(CONTACTS):
                await enqueue(client, center, f"c{number}")
                name = f"centers/{center}/contacts/c{number}"
                await wait_until(partial(is_offered, client, name), "the sweep finds what no wake-up told of", REPAIR_S)


async def is_offered(client: AcdClient, name: str) -> bool:
    return (await client.contacts.get_contact(name=name)).contact.state == CONTACT_STATE_OFFERED


@asynccontextmanager
async def no_subscriptions(store: Store) -> AsyncIterator[None]:
    """No subscription lives long enough to hear of anything, from before the first contact on."""
    kills, done = 0, False

    async def keep_killing() -> None:
        nonlocal kills
        while not done:
            for process in store.primaries():
                await asyncio.to_thread(process.command, "CLIENT", "KILL", "TYPE", "pubsub")
            kills += 1

    killing = asyncio.create_task(keep_killing())
    try:
        await wait_until(lambda: kills >= 2, "subscriptions are killed")
        yield
    finally:
        done = True
        await killing
