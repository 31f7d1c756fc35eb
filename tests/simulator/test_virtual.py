"""A day in virtual time: exact, repeatable to the last byte, and the same day that real time would bring."""

from dataclasses import replace
from typing import Any

import pytest
from grpc import StatusCode

from acd.v1.event_pb2 import Event
from acd_client import AcdApiError, AcdClient
from acd_server.store import Store
from acd_server.store.store import Clock
from simulator.checks import router_checks
from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import fixed
from simulator.generated import generated_day
from simulator.play import Result
from simulator.virtual import VirtualRun, VirtualTimeline
from tests.support.cells import Cell
from tests.support.dispatching import dispatching
from tests.support.server import Server, running

NINE = 9 * 3600.0


@pytest.fixture
def clock() -> Clock:
    return "virtual"


def small_day(**changes: Any) -> Day:
    """Two callers, one agent who answers after 3 s and takes notes for 4 s; the second caller waits for him."""
    policy = Policy(offer_timeout=20.0, wrap_up_time=10.0, retry_delay=5.0)
    agent = AgentPlan("ann", {"sales": 5}, NINE, NINE + 600, Habits(0, 0, fixed(3), fixed(4)))
    callers = [
        Caller("first", NINE + 10, {"sales": 1}, patience=60.0, service=100.0),
        Caller("second", NINE + 20, {"sales": 1}, patience=200.0, service=50.0),
    ]
    return Day("by hand", callers, [agent], replace(policy, **changes), seed=1)


async def play(client: AcdClient, center: str, day: Day) -> Result:
    return await VirtualRun(client, center, day).play()


def seconds(*times: float | None) -> list[float | None]:
    """Seconds after nine; transitions of one moment are microseconds apart."""
    return [time if time is None else round(time - NINE, 3) for time in times]


def failed(result: Result) -> list[str]:
    return [line["name"] for line in router_checks(result) if not line["pass"]]


async def test_every_step_has_its_second(server: Server, client: AcdClient, center: str) -> None:
    async with dispatching(server.target):
        result = await play(client, center, small_day())
    first, second = result.history.stays.values()
    assert seconds(first.enqueued, first.accepted, first.released, first.ended) == [10, 13, 113, 117]
    assert seconds(second.enqueued, second.accepted) == [20, 120]
    assert [offer.outcome for offer in second.offers] == ["completed"]
    ann = result.history.duties["ann"]
    assert [seconds(*pair) for pair in ann.available] == [[0, 600]]
    assert [seconds(*pair) for pair in ann.busy] == [[13, 117], [120, 174]]
    assert result.virtual
    assert failed(result) == []


async def test_deadlines_of_the_router_end_offers_and_notes(server: Server, client: AcdClient, center: str) -> None:
    """Notes that take longer than the policy allows are cut; an agent who misses gets the contact again."""
    day = small_day(wrap_up_time=2.0, offer_timeout=15.0)
    missing = replace(day.agents[0], habits=Habits(0, 1, fixed(3), fixed(4)))
    async with dispatching(server.target):
        cut = await play(client, center, day)
        missed = await play(client, f"{center}-missed", replace(day, agents=[missing]))
    assert seconds(cut.history.stays["first"].ended) == [115]
    assert [offer.outcome for offer in missed.history.stays["first"].offers][:2] == ["missed", "missed"]
    assert missed.history.stays["first"].end == "abandoned"
    assert failed(missed) == []


async def test_who_hangs_up_calls_again(server: Server, client: AcdClient, center: str) -> None:
    day = small_day()
    again = Caller("second-again", 30.0, {"sales": 1}, patience=500.0, service=20.0)
    callers = [day.callers[0], replace(day.callers[1], patience=40.0, again=again)]
    async with dispatching(server.target):
        result = await play(client, center, replace(day, callers=callers))
    stays = result.history.stays
    assert stays["second"].end == "abandoned"
    assert seconds(stays["second"].ended) == [60]
    assert seconds(stays["second-again"].enqueued) == [90]
    assert stays["second-again"].end == "completed"
    assert result.came == 3
    assert failed(result) == []


async def test_with_auto_accept_an_offer_is_a_service(server: Server, client: AcdClient, center: str) -> None:
    day = small_day(auto_accept=True, wrap_up_time=0.0)
    async with dispatching(server.target):
        result = await play(client, center, day)
    assert [seconds(stay.accepted) for stay in result.history.stays.values()] == [[10], [110]]
    assert failed(result) == []


@pytest.mark.timeout(120)
async def test_the_seed_decides_every_event(server: Server, client: AcdClient) -> None:
    """The same bytes again, and with two dispatchers; another seed gives others."""

    async def bytes_of(center: str, seed: int) -> list[bytes]:
        events: list[bytes] = []

        def keep(event: Event) -> None:
            # Names of one length: nothing but the name differs.
            events.append(event.SerializeToString(deterministic=True).replace(center.encode(), b"day-0"))

        day = generated_day(seed, contacts=80, agents=10)
        assert failed(await VirtualRun(client, center, day, keep).play()) == []
        return events

    async with dispatching(server.target):
        first = await bytes_of("day-1", seed=3)
        assert await bytes_of("day-2", seed=3) == first
        assert await bytes_of("day-3", seed=4) != first
        async with dispatching(server.target):
            assert await bytes_of("day-4", seed=3) == first


async def test_a_router_in_real_time_says_so(store_url: str, cell: Cell, center: str) -> None:
    store = await Store.open(f"{store_url}", documents=cell.documents)
    async with running(store) as server, AcdClient(server.target) as client:
        with pytest.raises(AcdApiError) as caught:
            await play(client, center, small_day())
    await store.close()
    assert caught.value.code is StatusCode.UNIMPLEMENTED


async def test_actions_come_by_time_then_by_turn() -> None:
    timeline, taken = VirtualTimeline(), list[str]()

    def note(name: str) -> None:
        async def action() -> int:
            taken.append(f"{name} {timeline.now():g}")
            return 0

        handles[name] = timeline.at({"late": 3.0, "canceled": 2.5}.get(name, 2.0), action)

    handles: dict[str, object] = {}
    for name in ("late", "canceled", "b", "a"):
        note(name)
    handles["canceled"].cancel()  # type: ignore[attr-defined]  # a Handle
    while not timeline.idle:
        await timeline.run_next()
    assert taken == ["b 2", "a 2", "late 3"]
