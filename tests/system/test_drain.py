"""SIGTERM: whoever is connected goes on elsewhere, and nobody's call fails."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc.aio
import pytest
from google.protobuf.duration_pb2 import Duration
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE
from acd.v1.assignment_feed_pb2 import WatchRequest
from acd.v1.contact_pb2 import CHANNEL_VOICE, CONTACT_STATE_OFFERED, Contact
from acd_client import AcdApiError, AcdClient
from acd_client.errors import error_from
from acd_server.store import Store
from tests.support.cells import CELLS, DEFAULT, Cell
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import Server, running
from tests.support.wait import wait_until
from tests.system.processes import running_router

CALLERS = 6
FEEDS = 4
DISPATCHER_GONE_S = 6.0
DRAINS = 10


@pytest.fixture
def any_store() -> Iterator[StoreProcesses]:
    """A store for what is the same in every cell."""
    store = CELLS[DEFAULT].make()
    try:
        store.start()
        yield store
    finally:
        store.remove()


class Load:
    """Callers who enqueue one contact after the other and look at it; what failed is kept."""

    def __init__(self, client: AcdClient, center: str) -> None:
        self._client = client
        self._parent = f"centers/{center}"
        self.done = 0
        self.failed: list[AcdApiError] = []
        self._ending = False

    async def caller(self) -> None:
        while not self._ending:
            try:
                reply = await self._client.contacts.enqueue_contact(
                    parent=self._parent, contact=Contact(channel=CHANNEL_VOICE)
                )
                await self._client.contacts.get_contact(name=reply.contact.name)
            except AcdApiError as error:
                self.failed.append(error)
            self.done += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CALLERS):
                tasks.create_task(self.caller())
            yield
            self._ending = True

    async def goes_on(self, count: int = 20) -> None:
        before = self.done
        await wait_until(lambda: self.done >= before + count, "calls are answered", 20.0)


class Readers:
    """Feeds that resume by themselves, and the sequences that they brought."""

    def __init__(self, client: AcdClient, center: str) -> None:
        self.feeds = [client.watch(center, checkpoint_interval=1.0) for _ in range(FEEDS)]
        self.sequences: list[list[int]] = [[] for _ in self.feeds]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        reading = [asyncio.create_task(self._read(number)) for number in range(FEEDS)]
        yield
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    async def _read(self, number: int) -> None:
        async with self.feeds[number] as feed:
            async for message in feed:
                if message.HasField("event"):
                    self.sequences[number].append(message.event.sequence)

    def have(self, sequence: int) -> bool:
        return all(found and found[-1] >= sequence for found in self.sequences)


async def read_to_the_end(client: AcdClient, center: str) -> tuple[AcdApiError, str, int, float]:
    """One stream of one server: how it ended, its last token, its last sequence, when it ended."""
    request = WatchRequest(parent=f"centers/{center}", checkpoint_interval=Duration(seconds=1))
    token, sequence = "", 0
    try:
        async for message in client.stubs.feed.Watch(request):
            token = message.resume_token or token
            sequence = message.event.sequence or message.checkpoint.sequence or sequence
    except grpc.aio.AioRpcError as error:
        return error_from(error), token, sequence, asyncio.get_running_loop().time()
    raise AssertionError("a feed ends with a reason")


async def read_not_serving(address: str) -> float:
    """When the server says that it is not serving, as a balancer hears it."""
    async with grpc.aio.insecure_channel(address, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            request_serializer=HealthCheckRequest.SerializeToString,
            response_deserializer=HealthCheckResponse.FromString,
        )
        async for reply in watch(HealthCheckRequest()):
            if reply.status == HealthCheckResponse.NOT_SERVING:
                return asyncio.get_running_loop().time()
    raise AssertionError("it ended without a word")


@pytest.mark.timeout(120)
async def test_sigterm_of_a_server_fails_no_call_and_leaves_no_gap(
    store_url: str, cell: Cell, center: str, tmp_path: Path
) -> None:
    async with (
        running_router(tmp_path, store_url, cell.documents) as router,
        AcdClient(router.target) as client,
        AcdClient(router.targets[1]) as only,
    ):
        await client.centers.create_center(center_id=center)
        load, readers = Load(client, center), Readers(client, center)
        async with readers.running(), load.running():
            ending = asyncio.create_task(read_to_the_end(only, center))
            not_serving = asyncio.create_task(read_not_serving(router.targets[1]))
            await load.goes_on()
            await wait_until(lambda: readers.have(1), "every feed brings something")
            router.single.signal(signal.SIGTERM)
            assert await router.single.ended() == 0, router.single.said()[-3000:]
            error, token, sequence, ended = await ending
            told = await not_serving
            await load.goes_on()
        newest = max(found[-1] for found in readers.sequences)
        async with client.watch(center, resume_token=token, checkpoint_interval=1.0) as feed:
            following = await first_sequences(feed, 3)
    assert not load.failed
    assert error.reason == "DRAINING"
    assert error.metadata["resumeToken"]
    assert told < ended, "balancers hear of it before the feeds end"
    assert following == [sequence + 1, sequence + 2, sequence + 3]
    assert any(feed.resumed for feed in readers.feeds), "some were on the server that ended"
    for found in readers.sequences:
        assert found == list(range(found[0], found[0] + len(found)))
        assert found[-1] > sequence <= newest


async def test_drain_after_drain_fails_no_call(store: Store, server: Server, center: str) -> None:
    """A call may reach a server between its decision to stop and the client's hearing of it."""
    async with AcdClient(server.target) as client:
        await client.centers.create_center(center_id=center)
    failed: list[AcdApiError] = []
    for _ in range(DRAINS):
        async with running(store) as doomed, AcdClient(f"{server.target},{doomed.target}") as client:
            load = Load(client, center)
            async with load.running():
                await load.goes_on()
                await doomed.app.drain()
                await load.goes_on()
            failed += load.failed
    assert not failed


async def first_sequences(feed: object, count: int) -> list[int]:
    found: list[int] = []
    async for message in feed:  # type: ignore[attr-defined]
        if message.HasField("event"):
            found.append(message.event.sequence)
        if len(found) == count:
            break
    return found


async def offered(client: AcdClient, name: str) -> bool:
    return (await client.contacts.get_contact(name=name)).contact.state == CONTACT_STATE_OFFERED


async def hire_and_enqueue(client: AcdClient, center: str, number: int) -> str:
    parent = f"centers/{center}"
    await client.agents.create_agent(parent=parent, agent_id=f"agent-{number}")
    await client.agents.set_agent_state(name=f"{parent}/agents/agent-{number}", presence=PRESENCE_AVAILABLE)
    reply = await client.contacts.enqueue_contact(
        parent=parent, contact_id=f"c{number}", contact=Contact(channel=CHANNEL_VOICE)
    )
    return reply.contact.name


@pytest.mark.timeout(120)
async def test_sigterm_of_a_dispatcher_leaves_the_work_to_the_other(
    any_store: StoreProcesses, center: str, tmp_path: Path
) -> None:
    async with (
        running_router(tmp_path, any_store.application_url, "string") as router,
        AcdClient(router.target) as client,
    ):
        await client.centers.create_center(center_id=center)
        await wait_until_offered(client, await hire_and_enqueue(client, center, 1))
        router.dispatchers[0].signal(signal.SIGTERM)
        assert await router.dispatchers[0].ended(DISPATCHER_GONE_S) == 0, router.dispatchers[0].said()[-3000:]
        assert router.dispatchers[0].events("dispatcher_stopped")
        await wait_until_offered(client, await hire_and_enqueue(client, center, 2))


async def wait_until_offered(client: AcdClient, name: str) -> None:
    await wait_until(lambda: offered(client, name), f"{name} is offered", 10.0)
