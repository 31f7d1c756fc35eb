"""AdvanceClock over the wire, with dispatchers at work."""

from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_reflection.v1alpha import reflection_pb2

from acd.v1.agent_pb2 import PRESENCE_OFFLINE
from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_MISSED,
    CONTACT_STATE_COMPLETED,
    CONTACT_STATE_EXPIRED,
)
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, CompleteContactRequest, GetContactRequest
from acd.v1.simulation_service_pb2 import AdvanceClockRequest, AdvanceClockResponse
from acd.v1.simulation_service_pb2_grpc import SimulationServiceStub
from acd_client import AcdApiError, AcdClient
from acd_server.services import simulation
from acd_server.store import Store
from acd_server.store.store import Clock
from tests.api.harness import Api, Bank, refusal
from tests.support.cells import Cell
from tests.support.dispatching import dispatching
from tests.support.server import Server, running

SECOND = 1_000_000
START = 1_800_000_000 * SECOND
SEEN_ALL = 10**9


@pytest.fixture
def clock() -> Clock:
    return "virtual"


@pytest.fixture
async def server(store: Store, clock: Clock) -> AsyncIterator[Server]:
    async with running(store, clock=clock, reflection=True) as server:
        yield server


def request_of(bank: Bank, until: int, seen_sequence: int = SEEN_ALL) -> AdvanceClockRequest:
    return AdvanceClockRequest(name=bank.name, until=time_of(until), seen_sequence=seen_sequence)


async def advance(bank: Bank, until: int, seen_sequence: int = SEEN_ALL) -> AdvanceClockResponse:
    response: AdvanceClockResponse = await bank.api.simulation.AdvanceClock(request_of(bank, until, seen_sequence))
    return response


def time_of(us: int) -> Timestamp:
    made = Timestamp()
    made.FromMicroseconds(us)
    return made


async def test_offer_bar_wrap_up_and_wait_end_in_exact_microseconds(server: Server, bank: Bank) -> None:
    await bank.policy(offer_timeout=30, retry_delay=5, wrap_up_time=20, max_wait=600, max_missed_offers=0)
    far = START + 86_400 * SECOND
    async with dispatching(server.target):
        assert (await advance(bank, START)).time == time_of(START)
        await bank.agent()
        seen = (await bank.contact()).sequence
        # The offer is news: the clock does not move.
        found = await advance(bank, far, seen)
        offered = (await bank.get_contact()).assignment.offer_time.ToMicroseconds()
        assert found == AdvanceClockResponse(time=time_of(offered), sequence=seen + 1)
        # Not answered: missed. The bar keeps the contact from its only agent for 5 s.
        found = await advance(bank, far, found.sequence)
        assert found == AdvanceClockResponse(time=time_of(offered + 30 * SECOND), sequence=seen + 2)
        assert (await bank.get_contact()).assignment.state == ASSIGNMENT_STATE_MISSED
        # Offered again a microsecond after the bar was lifted.
        found = await advance(bank, far, found.sequence)
        again = offered + 35 * SECOND + 1
        assert found == AdvanceClockResponse(time=time_of(again), sequence=seen + 3)
        name = bank.assignment_name(2)
        await bank.api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=name))
        assert (await advance(bank, again + 100 * SECOND)).time == time_of(again + 100 * SECOND)
        await bank.api.contacts.CompleteContact(CompleteContactRequest(name=name))
        found = await advance(bank, far, (await bank.get_contact()).sequence)
        completed = again + 100 * SECOND + 20 * SECOND
        assert found == AdvanceClockResponse(time=time_of(completed), sequence=seen + 6)
        assert (await bank.get_contact()).state == CONTACT_STATE_COMPLETED
        await bank.set_state(PRESENCE_OFFLINE)
        waiting = await bank.contact("c2")
        found = await advance(bank, far, waiting.sequence)
        assert found.time.ToMicroseconds() == waiting.enqueue_time.ToMicroseconds() + 600 * SECOND
        assert (await bank.get_contact("c2")).state == CONTACT_STATE_EXPIRED


async def test_with_all_seen_the_clock_goes_through_every_deadline(server: Server, bank: Bank) -> None:
    await bank.policy(max_wait=60)
    async with dispatching(server.target):
        await advance(bank, START)
        waiting = [await bank.contact(f"c{number}") for number in range(40)]
        assert (await advance(bank, START + 3600 * SECOND)).time == time_of(START + 3600 * SECOND)
        for before in waiting:
            contact = await bank.get_contact(before.name.rpartition("/")[2])
            assert contact.state == CONTACT_STATE_EXPIRED
            assert contact.end_time.ToMicroseconds() == before.enqueue_time.ToMicroseconds() + 60 * SECOND


async def test_deadlines_that_write_no_event_are_passed_too(server: Server, bank: Bank) -> None:
    await bank.policy(max_wait=60, retention=30)
    async with dispatching(server.target):
        await advance(bank, START)
        await bank.contact()
        expired = (await bank.get_contact()).sequence + 1
        assert await advance(bank, START + 3600 * SECOND) == AdvanceClockResponse(
            time=time_of(START + 3600 * SECOND), sequence=expired
        )
        gone = GetContactRequest(name=bank.contact_name())
        await bank.api.refused("RESOURCE_NOT_FOUND", bank.api.contacts.GetContact, gone)


async def test_a_lost_wake_up_is_made_good(
    server: Server, store: Store, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub: Any = server.app._work
    lost: list[str] = []

    def hard_of_hearing(center: str) -> None:
        if len(lost) < 3:
            lost.append(center)
        else:
            hub._wake(center)

    async def no_sweep() -> None:
        """Which would repair it, too, but not before a second has gone by."""

    async with dispatching(server.target):
        await advance(bank, START)
        await bank.agent()
        monkeypatch.setattr(hub, "_sweep", no_sweep)
        hub._stop_listening()
        monkeypatch.setattr(hub, "_stop_listening", store.wakes.listen(hard_of_hearing))
        seen = (await bank.contact()).sequence
        assert (await advance(bank, START, seen)).sequence == seen + 1
    assert len(lost) == 3


async def test_a_center_that_nobody_serves_is_not_at_rest(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    await advance(bank, START)
    await bank.agent()
    await bank.contact()
    # The first try makes it the dispatchers' turn.
    monkeypatch.setattr(simulation, "REST_PATIENCE_S", 0.05)
    request = request_of(bank, START)
    assert (await refusal(bank.api.simulation.AdvanceClock(request))).reason == "CENTER_NOT_AT_REST"
    refused = await bank.api.refused("CENTER_NOT_AT_REST", bank.api.simulation.AdvanceClock, request)
    assert refused.metadata == {"name": bank.name}


async def test_the_client_gives_a_call_the_time_it_needs(
    store: Store, center: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "REST_PATIENCE_S", 0.2)
    async with running(store, clock="virtual", unary_timeout_s=0.1) as server, AcdClient(server.target) as client:
        await client.centers.create_center(center_id=center)
        await client.simulation.advance_clock(name=f"centers/{center}", until=time_of(START))
        bank = Bank(Api(client._channel, None), center)  # type: ignore[arg-type]  # it dumps nothing
        await bank.agent()
        await bank.contact()
        with pytest.raises(AcdApiError) as caught:
            await client.simulation.advance_clock(name=bank.name, until=time_of(START))
        assert caught.value.reason == "CENTER_NOT_AT_REST"


async def test_refusals(api: Api) -> None:
    absent = AdvanceClockRequest(name="centers/absent", until=time_of(START))
    refused = await api.refused("RESOURCE_NOT_FOUND", api.simulation.AdvanceClock, absent)
    assert refused.metadata == {"name": "centers/absent"}
    wrong = AdvanceClockRequest(name="{x}", seen_sequence=-1)
    refused = await api.refused("INVALID_FIELD", api.simulation.AdvanceClock, wrong)
    assert refused.fields == ["name", "until", "seen_sequence"]


async def services(target: str) -> set[str]:
    """What reflection lists."""
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    async with grpc.aio.insecure_channel(target) as channel:
        call: Any = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )(iter([request]))
        return {service.name for service in (await call.read()).list_services_response.service}


async def test_the_service_is_listed_where_the_clock_is_virtual(server: Server) -> None:
    assert "acd.v1.SimulationService" in await services(server.target)


async def test_on_the_clock_of_the_store_there_is_no_such_method(store_url: str, cell: Cell) -> None:
    store = await Store.open(store_url, documents=cell.documents)
    try:
        async with running(store, reflection=True) as server:
            found = await services(server.target)
            assert "acd.v1.DispatchService" in found
            assert "acd.v1.SimulationService" not in found
            async with grpc.aio.insecure_channel(server.target) as channel:
                call = SimulationServiceStub(channel).AdvanceClock(AdvanceClockRequest())
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await call
                assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    finally:
        await store.close()
