"""The dispatcher as a whole, against a server over gRPC."""

import asyncio
import os
import signal
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from acd.v1.dispatch_service_pb2 import WatchWorkResponse
from acd_client import AcdClient
from dispatcher.app import Dispatcher, run
from dispatcher.metrics import Metrics, MetricsServer
from tests.dispatcher.fakes import FakeServer, fired, offers, work


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    server = FakeServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def dispatcher(server: FakeServer) -> AsyncIterator[Dispatcher]:
    async with AcdClient(server.target) as client:
        dispatcher = Dispatcher(client, patience=0.5)
        task = asyncio.create_task(dispatcher.run())
        await server.streams.count(1)
        yield dispatcher
        dispatcher.stop()
        await task


async def test_work_is_matched_and_deadlines_are_fired(server: FakeServer, dispatcher: Dispatcher) -> None:
    server.dispatch.matches["centers/a"].append(offers(2))
    server.dispatch.fires["centers/b"].append(fired(1))
    server.work.put_nowait(work("centers/a", matchable=True))
    server.work.put_nowait(work("centers/b", due_in=0.02))
    await server.dispatch.match_calls.count(1)
    await server.dispatch.fire_calls.count(1)
    assert server.dispatch.match_calls.made == ["centers/a"]
    assert server.dispatch.fire_calls.made == ["centers/b"]
    assert dispatcher.work.connected


async def test_another_stream_after_an_end_and_after_silence(server: FakeServer, dispatcher: Dispatcher) -> None:
    server.work.put_nowait(None)
    await server.streams.count(2)
    # Nothing more is sent: the watchdog's half second passes.
    await server.streams.count(3)
    gained = server.work
    gained.put_nowait(WatchWorkResponse())
    gained.put_nowait(work("centers/a", matchable=True))
    await server.dispatch.match_calls.count(1)
    assert dispatcher.metrics.registry.get_sample_value(
        "acd_dispatcher_errors_total", {"loop": "work", "reason": "STREAM_SILENT"}
    )


async def test_another_stream_after_the_server_was_replaced(server: FakeServer, dispatcher: Dispatcher) -> None:
    await server.stop()
    server.work = asyncio.Queue()
    await server.start()
    await server.streams.count(2)
    server.work.put_nowait(work("centers/a", matchable=True))
    await server.dispatch.match_calls.count(1)
    assert dispatcher.work.connected


async def test_stopping_finishes_calls_in_flight(server: FakeServer) -> None:
    async with AcdClient(server.target) as client:
        dispatcher = Dispatcher(client)
        task = asyncio.create_task(dispatcher.run())
        server.dispatch.gate.clear()
        server.work.put_nowait(work("centers/a", matchable=True))
        await server.dispatch.match_calls.count(1)
        dispatcher.stop()
        done, _ = await asyncio.wait([task], timeout=0.1)
        assert not done
        server.dispatch.gate.set()
        await task
    assert dispatcher.metrics.registry.get_sample_value("acd_dispatcher_passes_total", {"loop": "match"}) == 1
    assert not dispatcher.work.connected


async def test_two_dispatchers_disturb_each_other_in_nothing(server: FakeServer, dispatcher: Dispatcher) -> None:
    async with AcdClient(server.target) as client:
        other = Dispatcher(client)
        task = asyncio.create_task(other.run())
        await server.streams.count(2)
        for _ in range(2):  # one for each stream
            server.work.put_nowait(work("centers/a", matchable=True))
        await server.dispatch.match_calls.count(2)
        other.stop()
        await task
    assert dispatcher.work.connected


@dataclass(frozen=True)
class SettingsOfTest:
    servers: str
    token: str = ""
    dispatcher_health_address: str = ""
    dispatcher_metrics_address: str = ""
    ca_file: str = ""


async def check(address: str) -> Any:
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its types lack the methods
        return (await stub.Check(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=5)).status


async def test_health_follows_the_stream_and_sigterm_ends_it(server: FakeServer, unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    await server.stop()
    running = asyncio.create_task(run(SettingsOfTest(server.target, dispatcher_health_address=address)))
    assert await check(address) == health_pb2.HealthCheckResponse.NOT_SERVING
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest())
        await server.start()
        seen = [(await watch.read()).status, (await watch.read()).status]
        assert seen == [health_pb2.HealthCheckResponse.NOT_SERVING, health_pb2.HealthCheckResponse.SERVING]
        watch.cancel()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await running


async def test_metrics_are_served(server: FakeServer, unused_tcp_port: int) -> None:
    metrics = Metrics()
    shown = MetricsServer(metrics, "127.0.0.1:0")
    metrics.offers.inc(3)
    url = f"http://127.0.0.1:{shown.port}/metrics"
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())
    shown.close()
    assert "acd_dispatcher_offers_total 3.0" in page
    settings = SettingsOfTest(server.target, dispatcher_metrics_address=f"127.0.0.1:{unused_tcp_port}")
    running = asyncio.create_task(run(settings))
    await server.streams.count(1)
    os.kill(os.getpid(), signal.SIGINT)
    await running
