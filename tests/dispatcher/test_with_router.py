"""Dispatchers against the real router: two at once, deadlines in time, a dispatcher that dies."""

import asyncio
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.contact_pb2 import CHANNEL_VOICE, CONTACT_STATE_COMPLETED, CONTACT_STATE_OFFERED, Contact
from acd.v1.event_pb2 import EVENT_TYPE_CONTACT_MISSED, EVENT_TYPE_CONTACT_OFFERED, Event
from acd_client import AcdClient
from dispatcher.app import Dispatcher
from tests.support.dispatching import dispatching
from tests.support.server import Server
from tests.support.wait import wait_until


async def create_center(client: AcdClient, center: str, *, agents: int, offer_timeout: float = 60.0) -> None:
    timeout = Duration()
    timeout.FromTimedelta(timedelta(seconds=offer_timeout))
    policy = CenterPolicy(offer_timeout=timeout)
    await client.centers.create_center(center_id=center, center=Center(policy=policy))
    for number in range(agents):
        await client.agents.create_agent(parent=f"centers/{center}", agent_id=f"agent-{number}")
        name = f"centers/{center}/agents/agent-{number}"
        await client.agents.set_agent_state(name=name, presence=PRESENCE_AVAILABLE)


async def enqueue(client: AcdClient, center: str, contact: str) -> None:
    await client.contacts.enqueue_contact(
        parent=f"centers/{center}", contact_id=contact, contact=Contact(channel=CHANNEL_VOICE)
    )


async def events_until(client: AcdClient, center: str, token: str, count: int, kind: int) -> list[Event]:
    """The events after the token, up to the `count`-th of the kind."""
    found: list[Event] = []
    async with client.watch(center, resume_token=token) as feed:
        async for message in feed:
            if message.HasField("event"):
                found.append(message.event)
            if sum(event.type == kind for event in found) >= count:
                break
    return found


async def token_of(client: AcdClient, center: str) -> str:
    return (await client.centers.get_center_snapshot(name=f"centers/{center}")).resume_token


def offers_made(dispatcher: Dispatcher) -> float:
    return dispatcher.metrics.registry.get_sample_value("acd_dispatcher_offers_total") or 0.0


async def test_two_dispatchers_offer_every_contact_once(server: Server, client: AcdClient, center: str) -> None:
    await create_center(client, center, agents=20)
    token = await token_of(client, center)
    # Before they come: while they watch, the server makes the pair with the call.
    await asyncio.gather(*(enqueue(client, center, f"c{number}") for number in range(20)))
    async with dispatching(server.target) as one, dispatching(server.target) as two:
        events = await events_until(client, center, token, 20, EVENT_TYPE_CONTACT_OFFERED)
        await wait_until(lambda: offers_made(one) + offers_made(two) == 20, "both have their replies")
    offered = [event for event in events if event.type == EVENT_TYPE_CONTACT_OFFERED]
    assert len({event.contact.name for event in offered}) == 20
    assert len({event.assignment.agent for event in offered}) == 20
    assert {event.assignment.name.rpartition("/")[2] for event in offered} == {"1"}


async def test_a_missed_offer_ends_within_100_ms(server: Server, client: AcdClient, center: str) -> None:
    await create_center(client, center, agents=1, offer_timeout=0.3)
    token = await token_of(client, center)
    async with dispatching(server.target):
        await enqueue(client, center, "c1")
        events = await events_until(client, center, token, 1, EVENT_TYPE_CONTACT_MISSED)
    (offered,) = (event.assignment for event in events if event.type == EVENT_TYPE_CONTACT_OFFERED)
    late = events[-1].assignment.end_time.ToNanoseconds() - offered.deadline.ToNanoseconds()
    assert 0 <= late < 100e6


async def test_whoever_comes_next_does_what_is_left(server: Server, client: AcdClient, center: str) -> None:
    await create_center(client, center, agents=1)
    await enqueue(client, center, "c1")
    async with AcdClient(server.target) as other:
        doomed = Dispatcher(other)
        task = asyncio.create_task(doomed.run())
        task.cancel()  # before it did anything, and without a drain worth the name
        await asyncio.gather(task, return_exceptions=True)
    name = f"centers/{center}/contacts/c1"
    assert (await client.contacts.get_contact(name=name)).contact.assignment.name == ""
    async with dispatching(server.target):

        async def offered() -> bool:
            found = await client.contacts.get_contact(name=name)
            return found.contact.state == CONTACT_STATE_OFFERED

        await wait_until(offered, "the next dispatcher makes the offer")
        await client.contacts.accept_assignment(name=f"{name}/assignments/1")
        done = await client.contacts.complete_contact(name=f"{name}/assignments/1")
    assert done.contact.state == CONTACT_STATE_COMPLETED
