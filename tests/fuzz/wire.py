"""Sends bytes to a server as if they were a request, and judges what comes back."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from redis import Redis

from acd.v1 import (
    agent_service_pb2,
    assignment_feed_pb2,
    center_service_pb2,
    contact_service_pb2,
    dispatch_service_pb2,
    skill_service_pb2,
)
from acd_server.interceptors import RECEIVE_LIMIT
from tests.api.harness import read_refusal
from tests.fuzz import requests
from tests.support.redis_process import Store

METHODS: tuple[MethodDescriptor, ...] = tuple(
    method
    for module in (
        center_service_pb2,
        skill_service_pb2,
        agent_service_pb2,
        contact_service_pb2,
        assignment_feed_pb2,
        dispatch_service_pb2,
    )
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
)
"""Every method but those of SimulationService, which a server on the store's own clock does not have."""

FIRST_MESSAGE_S = 0.05
CALL_S = 10.0
ENDED_BY_US = (grpc.StatusCode.CANCELLED, grpc.StatusCode.DEADLINE_EXCEEDED)
OK = "OK"


class FaultError(AssertionError):
    """The server answered, or acted, as it never may."""


@dataclass
class Tally:
    """How often each method came to each end."""

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        return self.ends.total()

    def refusals(self) -> int:
        return sum(count for (_, end), count in self.ends.items() if end != OK)

    def one_sided(self) -> list[str]:
        """Methods that never answered OK, or never refused: of them nothing was shown."""
        served = {method for method, end in self.ends if end == OK}
        refused = {method for method, end in self.ends if end != OK}
        return sorted(method.name for method in METHODS if not {method.name} <= served & refused)


@contextmanager
def primaries_of(store: Store) -> Iterator[list[Redis]]:
    """A connection to each node of the store that takes writes."""
    with ExitStack() as stack:
        yield [stack.enter_context(process.client()) for process in store.primaries()]


class Wire:
    """One channel to the server, and the store behind it to see what was written."""

    def __init__(self, channel: grpc.aio.Channel, primaries: list[Redis], tally: Tally) -> None:
        self._channel = channel
        self._primaries = primaries
        self.tally = tally

    async def send(self, method: MethodDescriptor, body: bytes) -> str:
        """The end of the call: OK, or the reason of the refusal. Raises FaultError."""
        before = self._written()
        end = await self._call(method, body)
        if end != OK and self._written() != before:
            await self._again(method, body)
        self.tally.ends[method.name, end] += 1
        return end

    async def _again(self, method: MethodDescriptor, body: bytes) -> None:
        """Something was written: by the refused request, or by the end of one before, such as a feed that closes."""
        settled = await self._settled()
        if await self._call(method, body) != OK and await self._settled() != settled:
            raise FaultError(f"a refused request wrote: {_told(method, body)}")

    async def _settled(self) -> int:
        """Writes so far, when no more come."""
        last, now = -1, self._written()
        while last != now:
            await asyncio.sleep(FIRST_MESSAGE_S)
            last, now = now, self._written()
        return now

    def _written(self) -> int:
        """Changes to keys so far; no file of the store is saved, which would begin the count anew."""
        infos: list[Any] = [primary.info("persistence") for primary in self._primaries]
        return sum(int(info["rdb_changes_since_last_save"]) for info in infos)

    async def _call(self, method: MethodDescriptor, body: bytes) -> str:
        path = f"/{method.containing_service.full_name}/{method.name}"
        try:
            if method.server_streaming:
                await self._first_of_stream(path, body)
            else:
                call: Any = self._channel.unary_unary(path)
                GetMessageClass(method.output_type).FromString(await call(body, timeout=CALL_S))
        except grpc.aio.AioRpcError as error:
            return _judged(error, method, body)
        return OK

    async def _first_of_stream(self, path: str, body: bytes) -> None:
        """A stream that does not refuse is one that was accepted, whether or not it has something to say."""
        start: Any = self._channel.unary_stream(path)
        call = start(body, timeout=FIRST_MESSAGE_S)
        try:
            await call.read()
        except grpc.aio.AioRpcError as error:
            if error.code() not in ENDED_BY_US:
                raise
        except asyncio.CancelledError:
            if not call.cancelled():
                raise
        finally:
            call.cancel()


def _judged(error: grpc.aio.AioRpcError, method: MethodDescriptor, body: bytes) -> str:
    """The reason of a refusal that is as every refusal must be."""
    if error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED and len(body) > RECEIVE_LIMIT:
        return "TOO_LARGE_FOR_THE_TRANSPORT"
    if error.code() in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, *ENDED_BY_US):
        raise FaultError(f"{error.code()} {error.details()}: {_told(method, body)}")
    try:
        return read_refusal(error).reason
    except AssertionError as wrong:
        raise FaultError(f"{error.code()} {error.details()}: {wrong}: {_told(method, body)}") from wrong


def _told(method: MethodDescriptor, body: bytes) -> str:
    request = requests.request_of(method, body)
    return f"{method.full_name} {str(request)[:2000] if request is not None else body[:500]!r}"
