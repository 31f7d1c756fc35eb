"""The short form of the fuzzing, and proof that its judge sees what it must."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import grpc.aio
import pytest
from redis.exceptions import MovedError

from acd.v1.center_service_pb2 import GetCenterRequest
from acd_server.errors import AcdError
from acd_server.interceptors.errors import status_of
from acd_server.store import Store
from tests.api.harness import Api
from tests.fuzz.run import center_of, furnish, piece
from tests.fuzz.wire import METHODS, FaultError, Tally, Wire, primaries_of
from tests.store import consistency
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import Server

REQUESTS = 150
_seeds = itertools.count(1)
(GET_CENTER,) = [method for method in METHODS if method.name == "GetCenter"]
BODY = GetCenterRequest(name="centers/bank").SerializeToString()
Behaviour = Callable[[bytes, Any], Awaitable[bytes]]


@pytest.fixture
async def wire(server: Server, store_processes: StoreProcesses) -> AsyncIterator[Wire]:
    with primaries_of(store_processes) as primaries:
        async with grpc.aio.insecure_channel(server.target) as channel:
            yield Wire(channel, primaries, Tally())


async def test_no_request_is_answered_or_obeyed_as_it_never_may_be(
    wire: Wire, server: Server, store: Store, store_processes: StoreProcesses
) -> None:
    loop, number = asyncio.get_running_loop(), next(_seeds)
    async with grpc.aio.insecure_channel(server.target) as channel:
        await furnish(Api(channel, store_processes), center_of(number))

    def run(call: Any) -> object:
        return asyncio.run_coroutine_threadsafe(call, loop).result()

    await asyncio.to_thread(piece, wire, center_of(number), number, REQUESTS, run)
    await consistency.check(store, center_of(number))
    assert wire.tally.requests == REQUESTS
    assert 0 < wire.tally.refusals() < REQUESTS


@asynccontextmanager
async def answering(behaviour: Behaviour, processes: StoreProcesses) -> AsyncIterator[Wire]:
    """A server that does nothing but this, whatever it is asked."""
    handler: Any = grpc.unary_unary_rpc_method_handler(behaviour)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_Everything(handler),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        with primaries_of(processes) as primaries:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Wire(channel, primaries, Tally())
    finally:
        await server.stop(None)


class _Everything(grpc.GenericRpcHandler):
    def __init__(self, handler: Any) -> None:
        self._handler = handler

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:  # noqa: ARG002 - whatever it is
        return self._handler


async def refuse(context: Any, error: AcdError) -> bytes:
    details = status_of(error).SerializeToString()
    await context.abort(error.code, error.message, (("grpc-status-details-bin", details),))
    raise AssertionError


async def test_a_refusal_as_it_should_be_is_counted(clean_store: StoreProcesses) -> None:
    async def behave(_: bytes, context: Any) -> bytes:
        return await refuse(context, AcdError("RESOURCE_NOT_FOUND", name="centers/bank"))

    async with answering(behave, clean_store) as wire:
        assert await wire.send(GET_CENTER, BODY) == "RESOURCE_NOT_FOUND"
        assert wire.tally.ends == {("GetCenter", "RESOURCE_NOT_FOUND"): 1}
        assert len(wire.tally.one_sided()) == len(METHODS)


async def test_a_fault_that_is_answered_is_seen(clean_store: StoreProcesses) -> None:
    async def behave(_: bytes, context: Any) -> bytes:
        return await refuse(context, AcdError("INTERNAL", requestId="1"))

    async with answering(behave, clean_store) as wire:
        with pytest.raises(FaultError, match="INTERNAL"):
            await wire.send(GET_CENTER, BODY)


async def test_an_exception_that_nobody_caught_is_seen(clean_store: StoreProcesses) -> None:
    async def behave(_: bytes, context: Any) -> bytes:  # noqa: ARG001 - a handler takes both
        raise ValueError

    async with answering(behave, clean_store) as wire:
        with pytest.raises(FaultError, match="UNKNOWN"):
            await wire.send(GET_CENTER, BODY)


async def test_a_refusal_without_its_reason_is_seen(clean_store: StoreProcesses) -> None:
    async def behave(_: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.NOT_FOUND, "no")
        raise AssertionError

    async with answering(behave, clean_store) as wire:
        with pytest.raises(FaultError, match="no details"):
            await wire.send(GET_CENTER, BODY)


async def test_a_refused_request_that_writes_is_seen(clean_store: StoreProcesses) -> None:
    async def behave(_: bytes, context: Any) -> bytes:
        for primary in clean_store.primaries():
            with suppress(MovedError), primary.client() as redis:
                redis.sadd("{_}:centers", "bank")
                redis.srem("{_}:centers", "bank")
        return await refuse(context, AcdError("RESOURCE_NOT_FOUND", name="centers/bank"))

    async with answering(behave, clean_store) as wire:
        with pytest.raises(FaultError, match="wrote"):
            await wire.send(GET_CENTER, BODY)
