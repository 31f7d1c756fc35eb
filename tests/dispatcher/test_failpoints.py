"""Every failpoint lies on the way of a contact, and a failure at any of them is lived through."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from acd.v1 import agent_service_pb2, center_service_pb2, contact_service_pb2
from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact
from acd_client import AcdClient, Unavailable
from acd_server import failpoints
from acd_server.store import Store
from simulator.line import insist, request_id
from tests.store import consistency
from tests.support.dispatching import dispatching
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import running

FEW = 3
"""Different points at which something fails in one play, at the least."""


@pytest.fixture(autouse=True)
def no_hits() -> Iterator[None]:
    failpoints.hits.clear()
    yield
    failpoints.hits.clear()


class Line:
    """An agent and a caller on one client, who repeat whatever is not answered."""

    def __init__(self, client: AcdClient, center: str) -> None:
        self._client = client
        self._name = f"centers/{center}"
        self.token = ""

    async def open(self) -> None:
        client, second = self._client, Duration(seconds=1)
        policy = CenterPolicy(wrap_up_time=Duration(seconds=60), offer_timeout=Duration(seconds=30), retry_delay=second)
        center = center_service_pb2.CreateCenterRequest(
            center_id=self._name.split("/")[1], center=Center(policy=policy), request_id=request_id()
        )
        agent = agent_service_pb2.CreateAgentRequest(parent=self._name, agent_id="ada", request_id=request_id())
        await insist(client.centers.create_center, center)
        await insist(client.agents.create_agent, agent)
        state = agent_service_pb2.SetAgentStateRequest(
            name=f"{self._name}/agents/ada", presence=PRESENCE_AVAILABLE, request_id=request_id()
        )
        await insist(client.agents.set_agent_state, state)
        # What happens from here on is on the feed, also what happens before it is opened.
        snapshot = center_service_pb2.GetCenterSnapshotRequest(name=self._name)
        self.token = (await insist(client.centers.get_center_snapshot, snapshot)).resume_token

    async def enqueue(self, contact: str) -> None:
        request = contact_service_pb2.EnqueueContactRequest(
            parent=self._name, contact_id=contact, contact=Contact(channel=CHANNEL_VOICE), request_id=request_id()
        )
        await insist(self._client.contacts.enqueue_contact, request)

    async def ask(self, verb: str, kind: Any, name: str) -> None:
        await insist(getattr(self._client.contacts, verb), kind(name=name, request_id=request_id()))

    async def until(self, kind: int, contact: str) -> str:
        """Goes on with the feed to an event of the kind about the contact; the name of its assignment."""
        center = self._name.split("/")[1]
        while True:
            try:
                async with self._client.watch(center, resume_token=self.token) as feed:
                    async for message in feed:
                        self.token = message.resume_token or self.token
                        event = message.event
                        if event.type == kind and event.contact.name.endswith(f"/{contact}"):
                            return event.assignment.name
            except Unavailable:
                await asyncio.sleep(0.05)

    async def serve_and_leave(self) -> None:
        """One contact declined, then served with notes; another one that leaves."""
        await self.enqueue("c1")
        offered = await self.until(events.EVENT_TYPE_CONTACT_OFFERED, "c1")
        await self.ask("decline_assignment", contact_service_pb2.DeclineAssignmentRequest, offered)
        taken = await self.until(events.EVENT_TYPE_CONTACT_OFFERED, "c1")
        await self.ask("accept_assignment", contact_service_pb2.AcceptAssignmentRequest, taken)
        await self.ask("complete_contact", contact_service_pb2.CompleteContactRequest, taken)
        await self.until(events.EVENT_TYPE_CONTACT_WRAP_UP, "c1")
        await self.ask("finish_wrap_up", contact_service_pb2.FinishWrapUpRequest, taken)
        await self.until(events.EVENT_TYPE_CONTACT_COMPLETED, "c1")
        await self.enqueue("c2")
        await self.ask("abandon_contact", contact_service_pb2.AbandonContactRequest, f"{self._name}/contacts/c2")
        await self.until(events.EVENT_TYPE_CONTACT_ABANDONED, "c2")


async def play(store: Store, processes: StoreProcesses, center: str, armed: str) -> None:
    """The whole of it on a server and a dispatcher with failpoints. No script is known to the store at first."""
    disarm = failpoints.arm(armed)
    try:
        for process in processes.primaries():
            process.command("SCRIPT", "FLUSH")
        async with running(store) as server, AcdClient(server.target) as client, dispatching(server.target):
            line = Line(client, center)
            await line.open()
            await line.serve_and_leave()
    finally:
        disarm()
    await consistency.check(store, center)


async def test_every_point_is_passed(store: Store, store_processes: StoreProcesses, center: str) -> None:
    everywhere = "; ".join(f"{point}=sleep(0)" for point in failpoints.POINTS)
    # A connection that cannot be had now and then makes the store be looked for anew.
    await play(store, store_processes, center, f"{everywhere}; store.connect.before=raise@0.2")
    assert set(failpoints.POINTS) - failpoints.hits.keys() == set()


async def test_failures_everywhere_are_lived_through(
    store: Store, store_processes: StoreProcesses, center: str
) -> None:
    await play(store, store_processes, center, "; ".join(f"{point}=raise@0.02" for point in failpoints.POINTS))
    assert len(failpoints.hits) >= FEW
