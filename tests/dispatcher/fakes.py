"""Servers that a dispatcher can be pointed at: one in Python, one over real gRPC."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, cast

import grpc.aio
from google.protobuf.duration_pb2 import Duration

from acd.v1.contact_pb2 import Assignment
from acd.v1.dispatch_service_pb2 import (
    CenterWork,
    FireDeadlinesRequest,
    FireDeadlinesResponse,
    MatchContactsRequest,
    MatchContactsResponse,
    WatchWorkRequest,
    WatchWorkResponse,
)
from acd.v1.dispatch_service_pb2_grpc import DispatchServiceServicer, add_DispatchServiceServicer_to_server
from acd_client import AcdClient


def duration(seconds: float) -> Duration:
    value = Duration()
    value.FromTimedelta(timedelta(seconds=seconds))
    return value


def offers(count: int, *, more: bool = False) -> MatchContactsResponse:
    made = [Assignment(name=f"centers/c/contacts/{n}/assignments/1") for n in range(count)]
    return MatchContactsResponse(assignments=made, more=more)


def fired(count: int, *, more: bool = False, due_in: float | None = None) -> FireDeadlinesResponse:
    response = FireDeadlinesResponse(fired_count=count, more=more)
    if due_in is not None:
        response.due_in.CopyFrom(duration(due_in))
    return response


def work(center: str, *, matchable: bool = False, due_in: float | None = None) -> WatchWorkResponse:
    entry = CenterWork(center=center, matchable=matchable)
    if due_in is not None:
        entry.due_in.CopyFrom(duration(due_in))
    return WatchWorkResponse(centers=[entry])


class Calls:
    """Notes calls, and lets a test wait for them."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.times: list[float] = []
        self._changed = asyncio.Condition()

    async def note(self, center: str) -> None:
        self.made.append(center)
        self.times.append(asyncio.get_running_loop().time())
        async with self._changed:
            self._changed.notify_all()

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5), self._changed:
            await self._changed.wait_for(done)

    async def count(self, number: int) -> None:
        await self.until(lambda: len(self.made) >= number)


class FakeDispatch:
    """Plays the replies of a test, exceptions among them; nothing to do when there are none left."""

    def __init__(self) -> None:
        self.matches: dict[str, deque[Any]] = defaultdict(deque)
        self.fires: dict[str, deque[Any]] = defaultdict(deque)
        self.match_calls = Calls()
        self.fire_calls = Calls()
        self.gate = asyncio.Event()  # calls end only while it is set
        self.gate.set()
        self.in_flight = 0
        self.most_in_flight = 0

    async def match_contacts(self, *, parent: str) -> MatchContactsResponse:
        reply = await self._play(self.match_calls, self.matches[parent], parent)
        return reply or offers(0)

    async def fire_deadlines(self, *, parent: str) -> FireDeadlinesResponse:
        reply = await self._play(self.fire_calls, self.fires[parent], parent)
        return reply or fired(0)

    async def _play(self, calls: Calls, replies: deque[Any], center: str) -> Any:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await calls.note(center)
            await self.gate.wait()
        finally:
            self.in_flight -= 1
        reply = replies.popleft() if replies else None
        if isinstance(reply, Exception):
            raise reply
        return reply


class FakeClient:
    def __init__(self) -> None:
        self.dispatch = FakeDispatch()

    def as_client(self) -> AcdClient:
        return cast("AcdClient", self)


class FakeServer(DispatchServiceServicer):
    """The same over gRPC, with a stream of work that the test writes to."""

    def __init__(self) -> None:
        self.dispatch = FakeDispatch()
        self.work: asyncio.Queue[WatchWorkResponse | None] = asyncio.Queue()
        self.streams = Calls()
        self.port = 0
        self._server: grpc.aio.Server | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts, or starts again on the same port."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        add_DispatchServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()

    async def stop(self) -> None:
        """Cuts every connection."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(None)

    async def WatchWork(self, _request: WatchWorkRequest, _context: Any) -> AsyncIterator[WatchWorkResponse]:
        await self.streams.note("stream")
        yield WatchWorkResponse()
        while message := await self.work.get():
            yield message

    async def MatchContacts(self, request: MatchContactsRequest, _context: Any) -> MatchContactsResponse:
        return await self.dispatch.match_contacts(parent=request.parent)

    async def FireDeadlines(self, request: FireDeadlinesRequest, _context: Any) -> FireDeadlinesResponse:
        return await self.dispatch.fire_deadlines(parent=request.parent)
