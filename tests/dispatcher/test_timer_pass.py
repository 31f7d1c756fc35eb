"""One pass of the timer loop: deadlines fire when they are due, not before, not twice as often as needed."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from grpc import StatusCode

from acd_client import Unavailable
from dispatcher.metrics import Metrics
from dispatcher.timer_loop import MIN_WAIT, TimerLoop
from tests.dispatcher.fakes import FakeClient, fired


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def loop(client: FakeClient, metrics: Metrics) -> TimerLoop:
    return TimerLoop(client.as_client(), metrics, concurrency=4)


@pytest.fixture
async def running(loop: TimerLoop) -> AsyncIterator[TimerLoop]:
    task = asyncio.create_task(loop.run())
    yield loop
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await loop.workers.drain(1)


async def test_a_pass_fires_until_no_more_is_due(client: FakeClient, loop: TimerLoop, metrics: Metrics) -> None:
    client.dispatch.fires["c"].extend([fired(50, more=True), fired(2)])
    assert await loop.fire_center("c") is True
    assert await loop.fire_center("c") is False
    assert metrics.registry.get_sample_value("acd_dispatcher_deadlines_fired_total") == 52
    assert loop.wake_due() is None


async def test_the_reply_says_when_to_come_again(client: FakeClient, loop: TimerLoop) -> None:
    client.dispatch.fires["c"].append(fired(1, due_in=30))
    await loop.fire_center("c")
    wait = loop.wake_due()
    assert wait is not None
    assert 29 < wait <= 30


async def test_an_earlier_time_heard_during_the_call_is_kept(client: FakeClient, loop: TimerLoop) -> None:
    client.dispatch.fires["c"].append(fired(1, due_in=30))
    client.dispatch.gate.clear()
    firing = asyncio.ensure_future(loop.fire_center("c"))
    await client.dispatch.fire_calls.count(1)
    loop.set_due("c", 10)
    client.dispatch.gate.set()
    await firing
    wait = loop.wake_due()
    assert wait is not None
    assert 9 < wait <= 10


async def test_a_later_time_heard_during_the_call_gives_way(client: FakeClient, loop: TimerLoop) -> None:
    client.dispatch.fires["c"].append(fired(1, due_in=30))
    client.dispatch.gate.clear()
    firing = asyncio.ensure_future(loop.fire_center("c"))
    await client.dispatch.fire_calls.count(1)
    loop.set_due("c", 60)
    client.dispatch.gate.set()
    await firing
    wait = loop.wake_due()
    assert wait is not None
    assert wait <= 30


async def test_a_new_time_replaces_the_old_one(client: FakeClient, loop: TimerLoop) -> None:
    loop.set_due("c", 0)
    loop.set_due("c", 40)
    wait = loop.wake_due()
    assert wait is not None
    assert 39 < wait <= 40
    assert client.dispatch.fire_calls.made == []


async def test_a_known_time_outlives_a_message_without_one(loop: TimerLoop) -> None:
    loop.set_due("c", 40)
    loop.set_due("c", None)
    assert loop.wake_due() is not None
    loop.set_due("d", None)
    assert "d" not in loop._due


async def test_fires_when_due_and_not_before(client: FakeClient, running: TimerLoop, metrics: Metrics) -> None:
    begin = asyncio.get_running_loop().time()
    running.set_due("later", 0.3)
    running.set_due("sooner", 0.1)
    await client.dispatch.fire_calls.count(2)
    assert client.dispatch.fire_calls.made == ["sooner", "later"]
    for due, at in zip((0.1, 0.3), client.dispatch.fire_calls.times, strict=True):
        assert due <= at - begin < due + 0.1
    lag = metrics.registry.get_sample_value("acd_dispatcher_lag_seconds_bucket", {"loop": "timer", "le": "0.1"})
    assert lag == 2


async def test_a_deadline_that_moves_forward_is_heeded(client: FakeClient, running: TimerLoop) -> None:
    begin = asyncio.get_running_loop().time()
    running.set_due("c", 60)
    await asyncio.sleep(0)
    running.set_due("c", 0.02)
    await client.dispatch.fire_calls.count(1)
    assert client.dispatch.fire_calls.times[0] - begin < 0.12


async def test_a_time_is_heeded_when_the_one_before_it_is_put_off(client: FakeClient, running: TimerLoop) -> None:
    begin = asyncio.get_running_loop().time()
    running.set_due("first", 0.05)
    await asyncio.sleep(0)
    running.set_due("second", 0.1)
    running.set_due("first", 60)
    await client.dispatch.fire_calls.count(1)
    assert client.dispatch.fire_calls.made == ["second"]
    assert 0.1 <= client.dispatch.fire_calls.times[0] - begin < 0.2


async def test_a_server_that_says_now_and_fires_nothing_is_not_hammered(client: FakeClient, running: TimerLoop) -> None:
    client.dispatch.fires["c"].extend([fired(0, due_in=0)] * 3)
    running.set_due("c", 0)
    calls = client.dispatch.fire_calls
    await calls.count(4)
    assert calls.times[3] - calls.times[0] >= 3 * MIN_WAIT


async def test_a_failure_is_repaired_without_a_wake_up(client: FakeClient, running: TimerLoop) -> None:
    client.dispatch.fires["c"].extend([Unavailable("STORE_UNAVAILABLE", StatusCode.UNAVAILABLE, "no answer"), fired(1)])
    running.set_due("c", 0)
    await client.dispatch.fire_calls.count(2)
    assert client.dispatch.fire_calls.made == ["c", "c"]


async def test_centers_fire_at_once(client: FakeClient, running: TimerLoop) -> None:
    client.dispatch.gate.clear()
    for center in ("a", "b", "c"):
        running.set_due(center, 0)
    await client.dispatch.fire_calls.count(3)
    assert client.dispatch.in_flight == 3
    client.dispatch.gate.set()
