"""`acd dev --clock virtual`: half an hour of deadlines in less than a second, to the microsecond."""

import time
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_OFFLINE
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.contact_pb2 import (
    CHANNEL_VOICE,
    CONTACT_STATE_COMPLETED,
    CONTACT_STATE_EXPIRED,
    Contact,
)
from acd_client import AcdClient
from tests.system.processes import output_has
from tests.system.test_dev import Dev, running

pytestmark = pytest.mark.timeout(240)

SECOND = 1_000_000
START = 1_800_000_000 * SECOND
NAME, ANN = "centers/demo", "centers/demo/agents/ann"
SEEN_ALL = 10**9


async def set_up(client: AcdClient) -> None:
    policy = CenterPolicy(
        offer_timeout=Duration(seconds=30),
        wrap_up_time=Duration(seconds=60),
        retry_delay=Duration(),
        max_wait=Duration(seconds=1200),
        max_missed_offers=0,
    )
    await client.centers.create_center(center_id="demo", center=Center(policy=policy))
    await client.agents.create_agent(parent=NAME, agent_id="ann")
    await advance(client, START)
    await client.agents.set_agent_state(name=ANN, presence=PRESENCE_AVAILABLE)


async def advance(client: AcdClient, until: int, seen_sequence: int = SEEN_ALL) -> int:
    """Returns the center's clock."""
    time_of = Timestamp(seconds=until // SECOND, nanos=until % SECOND * 1000)
    reply = await client.simulation.advance_clock(name=NAME, until=time_of, seen_sequence=seen_sequence)
    return reply.time.ToMicroseconds()


async def contact(client: AcdClient, name: str) -> Contact:
    return (await client.contacts.get_contact(name=f"{NAME}/contacts/{name}")).contact


async def enqueue(client: AcdClient, name: str) -> Contact:
    body = Contact(channel=CHANNEL_VOICE)
    return (await client.contacts.enqueue_contact(parent=NAME, contact_id=name, contact=body)).contact


async def play(client: AcdClient) -> None:
    """An offer that is missed, one that is served with its wrap-up, and a wait that is too long."""
    far = START + 86_400 * SECOND
    await enqueue(client, "c1")
    first = await advance(client, START, SEEN_ALL)
    again = await advance(client, far, (await contact(client, "c1")).sequence)
    # Missed to the microsecond, and offered again, since nothing bars it, in the next one.
    assert again == first + 30 * SECOND + 1
    assert (await contact(client, "c1")).assignment.offer_time.ToMicroseconds() == again
    name = f"{NAME}/contacts/c1/assignments/2"
    await client.contacts.accept_assignment(name=name)
    await advance(client, START + 300 * SECOND)
    await client.contacts.complete_contact(name=name)
    await advance(client, START + 3600 * SECOND, (await contact(client, "c1")).sequence)
    served = await contact(client, "c1")
    assert served.state == CONTACT_STATE_COMPLETED
    assert served.end_time.ToMicroseconds() == START + 360 * SECOND
    await client.agents.set_agent_state(name=ANN, presence=PRESENCE_OFFLINE)
    waited = (await enqueue(client, "c2")).enqueue_time.ToMicroseconds()
    await advance(client, START + 3600 * SECOND)
    lost = await contact(client, "c2")
    assert lost.state == CONTACT_STATE_EXPIRED
    assert lost.end_time.ToMicroseconds() == waited + 1200 * SECOND


async def test_half_an_hour_in_less_than_a_second(tmp_path: Path) -> None:
    async with running(tmp_path, "--clock", "virtual") as dev, AcdClient(dev.target) as client:
        await output_has(dev, '"connected": true')
        await set_up(client)
        started = time.perf_counter()
        await play(client)
        assert time.perf_counter() - started < 1.0


async def test_data_of_one_clock_are_not_read_by_the_other(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    async with running(tmp_path, *data):
        pass
    other = Dev(tmp_path, *data, "--clock", "virtual").start()
    try:
        await output_has(other, "the data set runs on the redis clock")
    finally:
        other.remove()
