"""One pass of the match loop, and the rules by which centers get passes."""

import asyncio

import pytest
from grpc import StatusCode

from acd_client import AcdApiError, Unavailable
from dispatcher.match_loop import MatchLoop
from dispatcher.metrics import Metrics
from tests.dispatcher.fakes import FakeClient, offers

UNAVAILABLE = Unavailable("STORE_UNAVAILABLE", StatusCode.UNAVAILABLE, "no answer")


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def loop(client: FakeClient, metrics: Metrics) -> MatchLoop:
    return MatchLoop(client.as_client(), metrics, concurrency=2)


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


async def test_a_pass_says_whether_there_is_more(client: FakeClient, loop: MatchLoop, metrics: Metrics) -> None:
    client.dispatch.matches["c"].extend([offers(16, more=True), offers(3)])
    assert await loop.match_center("c") is True
    assert await loop.match_center("c") is False
    assert value(metrics, "acd_dispatcher_offers_total") == 19


async def test_a_pass_raises_what_the_server_refuses(client: FakeClient, loop: MatchLoop) -> None:
    client.dispatch.matches["c"].append(UNAVAILABLE)
    with pytest.raises(AcdApiError):
        await loop.match_center("c")


async def test_a_woken_center_is_matched_until_there_is_no_more(client: FakeClient, loop: MatchLoop) -> None:
    client.dispatch.matches["c"].extend([offers(16, more=True), offers(16, more=True), offers(1)])
    loop.workers.wake("c")
    await client.dispatch.match_calls.count(3)
    await loop.workers.drain(1)
    assert client.dispatch.match_calls.made == ["c"] * 3


async def test_wake_ups_during_a_pass_cause_exactly_one_more(client: FakeClient, loop: MatchLoop) -> None:
    client.dispatch.gate.clear()
    loop.workers.wake("c")
    await client.dispatch.match_calls.count(1)
    for _ in range(5):
        loop.workers.wake("c")
    assert client.dispatch.most_in_flight == 1
    client.dispatch.gate.set()
    await client.dispatch.match_calls.count(2)
    # Another center's pass comes after whatever else "c" would get.
    loop.workers.wake("d")
    await client.dispatch.match_calls.until(lambda: "d" in client.dispatch.match_calls.made)
    await loop.workers.drain(1)
    assert client.dispatch.match_calls.made == ["c", "c", "d"]


async def test_centers_are_matched_at_once_up_to_the_limit(client: FakeClient, loop: MatchLoop) -> None:
    client.dispatch.gate.clear()
    for center in ("a", "b", "c", "d"):
        loop.workers.wake(center)
    await client.dispatch.match_calls.count(2)
    assert client.dispatch.most_in_flight == 2
    client.dispatch.gate.set()
    await client.dispatch.match_calls.count(4)
    await loop.workers.drain(1)
    assert client.dispatch.most_in_flight == 2
    assert sorted(client.dispatch.match_calls.made) == ["a", "b", "c", "d"]


async def test_a_busy_center_starves_no_other(client: FakeClient, metrics: Metrics) -> None:
    loop = MatchLoop(client.as_client(), metrics, concurrency=1)
    client.dispatch.matches["busy"].extend([offers(16, more=True)] * 50)
    loop.workers.wake("busy")
    loop.workers.wake("quiet")
    await client.dispatch.match_calls.until(lambda: "quiet" in client.dispatch.match_calls.made)
    await loop.workers.drain(1)
    assert client.dispatch.match_calls.made.index("quiet") == 1


async def test_a_failing_center_waits_and_then_recovers(client: FakeClient, loop: MatchLoop, metrics: Metrics) -> None:
    client.dispatch.matches["c"].extend([UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, offers(1)])
    calls = client.dispatch.match_calls
    loop.workers.wake("c")
    await calls.count(2)
    loop.workers.wake("c")  # shortens nothing
    await calls.count(4)
    await loop.workers.drain(1)
    waits = [later - earlier for earlier, later in zip(calls.times, calls.times[1:], strict=False)]
    assert len(waits) == 3
    assert waits[0] >= 0.024
    assert waits[1] >= 0.049
    assert waits[2] >= 0.099
    assert value(metrics, "acd_dispatcher_errors_total", loop="match", reason="STORE_UNAVAILABLE") == 3
    assert value(metrics, "acd_dispatcher_passes_total", loop="match") == 1


async def test_a_fault_of_ours_stops_no_other_center(client: FakeClient, loop: MatchLoop, metrics: Metrics) -> None:
    client.dispatch.matches["bad"].append(RuntimeError("ours"))
    loop.workers.wake("bad")
    loop.workers.wake("good")
    await client.dispatch.match_calls.count(3)
    await loop.workers.drain(1)
    assert sorted(client.dispatch.match_calls.made) == ["bad", "bad", "good"]
    assert value(metrics, "acd_dispatcher_errors_total", loop="match", reason="INTERNAL") == 1


async def test_draining_finishes_what_is_in_flight_and_starts_nothing(client: FakeClient, loop: MatchLoop) -> None:
    client.dispatch.matches["c"].append(offers(16, more=True))
    client.dispatch.gate.clear()
    loop.workers.wake("c")
    await client.dispatch.match_calls.count(1)
    draining = asyncio.ensure_future(loop.workers.drain(5))
    await asyncio.sleep(0)
    loop.workers.wake("d")
    assert not draining.done()
    client.dispatch.gate.set()
    await draining
    assert client.dispatch.match_calls.made == ["c"]
    assert client.dispatch.in_flight == 0


async def test_draining_cancels_what_does_not_end(client: FakeClient, loop: MatchLoop) -> None:
    client.dispatch.gate.clear()
    loop.workers.wake("c")
    await client.dispatch.match_calls.count(1)
    await loop.workers.drain(0.05)
    assert client.dispatch.in_flight == 0


async def test_draining_forgets_centers_that_wait_after_a_failure(client: FakeClient, loop: MatchLoop) -> None:
    client.dispatch.matches["c"].append(Unavailable("X", StatusCode.UNAVAILABLE, "", retry_delay=0.2))
    loop.workers.wake("c")
    await client.dispatch.match_calls.count(1)
    await loop.workers.drain(1)
    loop.workers.wake("c")
    assert client.dispatch.match_calls.made == ["c"]
