"""What clients are told when the store cannot do its part, and that it passes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import grpc.aio
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from acd.v1.center_service_pb2 import GetCenterRequest
from acd.v1.contact_pb2 import CHANNEL_VOICE, CONTACT_STATE_ABANDONED, CONTACT_STATE_COMPLETED, Contact
from acd.v1.contact_service_pb2 import (
    AbandonContactRequest,
    AcceptAssignmentRequest,
    CancelContactRequest,
    CompleteContactRequest,
    DeclineAssignmentRequest,
    EnqueueContactRequest,
    FinishWrapUpRequest,
)
from acd_server.store import Store
from tests.api.harness import Api, Bank, refusal
from tests.support.cells import Cell
from tests.support.redis_process import Cluster
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import Server, running
from tests.support.wait import wait_for, wait_until


@contextmanager
def configured(processes: StoreProcesses, option: str, value: str, normal: str) -> Iterator[None]:
    """Every primary with another setting."""
    try:
        for process in processes.primaries():
            process.command("CONFIG SET", option, value)
        yield
    finally:
        for process in processes.primaries():
            process.command("CONFIG SET", option, normal)


@contextmanager
def paused(processes: StoreProcesses) -> Iterator[None]:
    """Every primary alive but silent."""
    stopped = processes.primaries()
    try:
        for process in stopped:
            process.pause()
        yield
    finally:
        for process in stopped:
            process.resume()
        if isinstance(processes, Cluster):
            processes.wait_until_whole()
            for process in stopped:
                wait_for(partial(process.command, "WAIT", 1, 100), "a replica is in step")


@pytest.fixture
async def health(server: Server) -> AsyncIterator[HealthStub]:
    async with grpc.aio.insecure_channel(server.target) as channel:
        yield HealthStub(channel)


async def serving(health: HealthStub) -> bool:
    return await status(health) == HealthCheckResponse.SERVING


async def not_serving(health: HealthStub) -> bool:
    return await status(health) == HealthCheckResponse.NOT_SERVING


async def status(health: HealthStub) -> int:
    check: Any = health.Check  # type: ignore[attr-defined]  # its stub has no types
    found: int = (await check(HealthCheckRequest(), timeout=2)).status
    return found


def enqueue(bank: Bank, contact: str) -> EnqueueContactRequest:
    body = Contact(channel=CHANNEL_VOICE, attributes={"k": "x" * 1024})
    return EnqueueContactRequest(parent=bank.name, contact_id=contact, contact=body)


async def test_a_full_store_can_be_emptied(api: Api, bank: Bank, store_processes: StoreProcesses) -> None:
    await bank.policy(wrap_up_time=60, retry_delay=0)
    wrap_up = await bank.completed("wrap-up", "a")
    active = await bank.active("active", "b")
    offered = await bank.offered("offered", "c")
    declined = await bank.offered("declined", "d")
    for contact in ("left", "taken"):
        await bank.contact(contact)
    contacts = api.contacts
    with configured(store_processes, "maxmemory", "1", "0"):
        refused = await api.refused("STORE_FULL", contacts.EnqueueContact, enqueue(bank, "more"))
        assert refused.metadata == {}
        await contacts.FinishWrapUp(FinishWrapUpRequest(name=wrap_up))
        await contacts.CompleteContact(CompleteContactRequest(name=active))
        await contacts.FinishWrapUp(FinishWrapUpRequest(name=active))
        await contacts.AcceptAssignment(AcceptAssignmentRequest(name=offered))
        await contacts.CompleteContact(CompleteContactRequest(name=offered))
        await contacts.FinishWrapUp(FinishWrapUpRequest(name=offered))
        await contacts.DeclineAssignment(DeclineAssignmentRequest(name=declined))
        await contacts.CancelContact(CancelContactRequest(name=bank.contact_name("taken")))
        for contact in ("declined", "left"):
            await contacts.AbandonContact(AbandonContactRequest(name=bank.contact_name(contact)))
        await bank.fire()
        for contact in ("wrap-up", "active", "offered"):
            assert (await bank.get_contact(contact)).state == CONTACT_STATE_COMPLETED
        assert (await bank.get_contact("declined")).state == CONTACT_STATE_ABANDONED
    await contacts.EnqueueContact(enqueue(bank, "more"))


async def test_a_server_on_a_full_store_goes_on_serving(
    server: Server, health: HealthStub, store_processes: StoreProcesses
) -> None:
    # Else the balancers would keep away those who come to end contacts.
    with configured(store_processes, "maxmemory", "1", "0"):
        await server.app.health.check()
        assert await serving(health)


async def test_a_store_that_takes_no_writes(
    api: Api, bank: Bank, server: Server, health: HealthStub, store_processes: StoreProcesses, cell: Cell
) -> None:
    with configured(store_processes, "min-replicas-to-write", "9", "0"):
        refused = await api.refused("STORE_REFUSES", api.contacts.EnqueueContact, enqueue(bank, "c1"))
        assert refused.metadata == {"cause": "NOREPLICAS"}
        assert "bring a replica back" in refused.message
        await bank.get()
        await server.app.health.check()
        # One shard that refuses must not take a server of many from the balancers.
        assert await serving(health) == cell.cluster
    await wait_until(lambda: serving(health), "the server serves again by itself")
    await bank.contact("c1")


async def test_a_change_that_no_replica_has(api: Api, bank: Bank, store: Store, cell: Cell) -> None:
    if cell.cluster:
        pytest.skip("the cluster has its replicas")
    # From now on the store waits for a replica, as after the loss of the last one.
    store.client.replicated = True
    for lanes in store.client._lanes.values():
        for lane in lanes:
            await lane.close()
    store.client._lanes.clear()
    refused = await refusal(api.contacts.EnqueueContact(enqueue(bank, "c1")))
    assert (refused.reason, refused.metadata) == ("NOT_REPLICATED", {})
    # The outcome was unknown to the client; here the change was made.
    await bank.get_contact("c1")


async def test_a_store_that_is_silent(
    api: Api, bank: Bank, health: HealthStub, store_processes: StoreProcesses
) -> None:
    request = GetCenterRequest(name=bank.name)
    with paused(store_processes):
        refused = await refusal(api.centers.GetCenter(request, timeout=30))
        assert refused.reason == "STORE_UNAVAILABLE"
        await wait_until(lambda: not_serving(health), "the server says so")
    await wait_until(lambda: serving(health), "the server serves again by itself")
    await bank.contact("c1")


async def test_a_call_without_a_deadline_gets_one(bank: Bank, store: Store, store_processes: StoreProcesses) -> None:
    async with (
        running(store, unary_timeout_s=0.2) as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        api = Api(channel, store_processes)
        with paused(store_processes):
            refused = await refusal(api.centers.GetCenter(GetCenterRequest(name=bank.name)))
            assert (refused.reason, refused.metadata) == ("DEADLINE_EXCEEDED", {})
        await wait_until(lambda: _answers(api, bank), "the store answers again")


async def _answers(api: Api, bank: Bank) -> bool:
    try:
        await api.centers.GetCenter(GetCenterRequest(name=bank.name))
    except grpc.aio.AioRpcError:
        return False
    return True
