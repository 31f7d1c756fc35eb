"""SERVING while the store is usable, and an end that loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # it has no types
from grpc_health.v1 import health_pb2

from acd.v1.assignment_feed_pb2 import WatchRequest
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedStub
from acd.v1.center_service_pb2 import CreateCenterRequest, GetCenterRequest
from acd.v1.center_service_pb2_grpc import CenterServiceStub
from acd.v1.dispatch_service_pb2 import WatchWorkRequest
from acd.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from acd_server.app import App
from acd_server.config import ConfigError, Settings
from acd_server.errors import AcdError
from acd_server.health import HealthMonitor
from acd_server.late import SERVICES
from acd_server.store import Store
from tests.support.redis_process import free_port
from tests.support.server import Server, running
from tests.support.wait import wait_until

SERVING, NOT_SERVING = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING


class Check:
    """A store that is as well as the test says."""

    def __init__(self, fault: Exception | None) -> None:
        self.fault = fault
        self.hangs = False

    async def __call__(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fault:
            raise self.fault


def statuses(monitor: HealthMonitor) -> dict[str, int]:
    servicer: Any = monitor.servicer
    return dict(servicer._server_status)


def told(monitor: HealthMonitor) -> set[int]:
    return set(statuses(monitor).values())


async def test_health_follows_the_store_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthMonitor, "INTERVAL", 0.001)
    check = Check(AcdError("STORE_UNAVAILABLE"))
    monitor = HealthMonitor(check, ("acd.v1.One", "acd.v1.Two"))
    await monitor.prepare()
    assert told(monitor) == {NOT_SERVING}
    await monitor.start()
    assert told(monitor) == {NOT_SERVING}
    assert set(statuses(monitor)) == {"", "acd.v1.One", "acd.v1.Two"}
    check.fault = None
    await wait_until(lambda: told(monitor) == {SERVING}, "serving")
    check.fault = RuntimeError("a fault of ours")
    await wait_until(lambda: told(monitor) == {NOT_SERVING}, "not serving")
    check.fault = None
    await wait_until(lambda: told(monitor) == {SERVING}, "serving again")
    await monitor.drain()
    assert told(monitor) == {NOT_SERVING}


async def test_a_store_that_hangs_is_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthMonitor, "CHECK_TIMEOUT", 0.001)
    check = Check(None)
    monitor = HealthMonitor(check, ())
    await monitor.check()
    assert monitor.serving
    check.hangs = True
    await monitor.check()
    assert not monitor.serving
    assert monitor.fault is not None
    assert monitor.fault.reason == "STORE_UNAVAILABLE"


def test_a_change_is_told_within_a_second() -> None:
    assert HealthMonitor.CHECK_TIMEOUT + HealthMonitor.INTERVAL <= 1.0


def insecure(target: str) -> Any:
    return grpc.aio.insecure_channel(target)


@pytest.fixture
async def channel(server: Server) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(server.target) as channel:
        yield channel


async def health(channel: Any, service: str) -> int:
    request = health_pb2.HealthCheckRequest(service=service).SerializeToString()
    answer = await channel.unary_unary("/grpc.health.v1.Health/Check")(request)
    return int(health_pb2.HealthCheckResponse.FromString(answer).status)


async def test_each_service_and_the_whole_are_healthy(channel: Any) -> None:
    assert {await health(channel, service) for service in ("", *SERVICES)} == {SERVING}


async def test_a_server_without_its_store_says_so_and_why() -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    async with running(None, redis_url=url) as server, grpc.aio.insecure_channel(server.target) as channel:
        assert {await health(channel, service) for service in ("", *SERVICES)} == {NOT_SERVING}
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await CenterServiceStub(channel).GetCenter(GetCenterRequest(name="centers/acme"))
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "the store did not answer" in (caught.value.details() or "")


async def test_nobody_hears_serving_before_the_store_is_open(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        entered.set()
        await go.wait()

    monkeypatch.setattr(store, "check", slow)
    port = free_port()
    app = App(Settings(address=f"127.0.0.1:{port}", drain_notice_s=0.0), store)
    starting = asyncio.create_task(app.start())
    await entered.wait()
    async with insecure(f"127.0.0.1:{port}") as channel:
        assert {await health(channel, service) for service in ("", *SERVICES)} == {NOT_SERVING}
        go.set()
        await starting
        assert await health(channel, "") == SERVING
    await app.close()


def test_no_server_is_open_to_others_by_accident() -> None:
    with pytest.raises(ConfigError, match="ACD_AUTH"):
        App(Settings(address="0.0.0.0:0"))


async def test_an_address_that_is_taken_is_an_error(server: Server, store: Store) -> None:
    with pytest.raises(OSError, match="is another server there"):
        await App(Settings(address=server.target), store).start()


async def to_the_end(stream: Any) -> None:
    async for _ in stream:
        pass


async def reason_of(stream: Any) -> tuple[str, dict[str, str]]:
    """Reads a stream to its end, which must be a refusal of the router."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await to_the_end(stream)
    details = dict(caught.value.trailing_metadata() or ())["grpc-status-details-bin"]
    info = error_details_pb2.ErrorInfo()
    assert status_pb2.Status.FromString(details).details[0].Unpack(info)
    return info.reason, dict(info.metadata)


async def test_draining_ends_streams_and_feeds_with_their_token(store: Store, center: str) -> None:
    app = App(Settings(address="127.0.0.1:0", drain_notice_s=0.0), store)
    target = f"127.0.0.1:{await app.start()}"
    async with insecure(target) as channel:
        await CenterServiceStub(channel).CreateCenter(CreateCenterRequest(center_id=center))
        feed: Any = AssignmentFeedStub(channel).Watch(WatchRequest(parent=f"centers/{center}"))
        work: Any = DispatchServiceStub(channel).WatchWork(WatchWorkRequest())
        first = await anext(aiter(feed))
        await anext(aiter(work))
        watched: Any = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"")
        assert health_pb2.HealthCheckResponse.FromString(await watched.read()).status == SERVING
        ended = [asyncio.create_task(reason_of(stream)) for stream in (feed, work)]
        draining = asyncio.create_task(app.drain())
        assert health_pb2.HealthCheckResponse.FromString(await watched.read()).status == NOT_SERVING
        watched.cancel()
        feed_end, work_end = await asyncio.gather(*ended)
        await draining
    assert feed_end == ("DRAINING", {"resumeToken": first.resume_token})
    assert work_end[0] == "DRAINING"
    # The store was given, so it is still open.
    assert (await store.centers.get_center(center)).name == f"centers/{center}"


async def agent_says(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_the_balancer_is_told_to_drain_before_anything_ends(store: Store) -> None:
    settings = Settings(address="127.0.0.1:0", drain_notice_s=0.5, agent_check_address="127.0.0.1:0")
    app = App(settings, store)
    await app.start()
    assert await agent_says(app.agent_check_port) == b"ready\n"
    draining = asyncio.create_task(app.drain())
    await wait_until(lambda: app.draining, "it is draining")
    assert await agent_says(app.agent_check_port) == b"drain\n"
    assert not draining.done()
    await draining
    with pytest.raises(OSError, match="Connect call failed"):
        await agent_says(app.agent_check_port)


async def test_calls_in_flight_are_finished(store: Store, center: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go = asyncio.Event(), asyncio.Event()
    create = store.centers.create_center

    async def slow(*arguments: Any, **named: Any) -> Any:
        entered.set()
        await go.wait()
        return await create(*arguments, **named)

    monkeypatch.setattr(store.centers, "create_center", slow)
    app = App(Settings(address="127.0.0.1:0", drain_notice_s=0.0), store)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await app.start()}") as channel:
        call = CenterServiceStub(channel).CreateCenter(CreateCenterRequest(center_id=center))
        calling = asyncio.ensure_future(call)
        await entered.wait()
        draining = asyncio.create_task(app.drain())
        await wait_until(lambda: not app.health.serving, "draining began")
        go.set()
        assert (await calling).center.name == f"centers/{center}"
        await draining
