"""A router that says what a test tells it to: scripted feeds and refusals over real gRPC."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc.aio
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]  # it has no types
from grpc import StatusCode
from grpc_status import rpc_status

from acd.v1.assignment_feed_pb2 import Checkpoint, Snapshot, WatchRequest, WatchResponse
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedServicer, add_AssignmentFeedServicer_to_server
from acd.v1.contact_pb2 import Contact
from acd.v1.contact_service_pb2_grpc import add_ContactServiceServicer_to_server
from acd.v1.event_pb2 import EVENT_TYPE_CONTACT_ENQUEUED, Event

Context = Any
Script = Callable[[WatchRequest, Context], AsyncIterator[WatchResponse]]


async def refuse(
    context: Context, code: StatusCode, reason: str, retry_delay: float = 0.0, field: str = "", **metadata: str
) -> None:
    """Ends the call the way the router does, with details in the trailing metadata."""
    status = status_pb2.Status(code=code.value[0], message=f"refused with {reason}")
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="acd.v1", metadata=metadata))
    if retry_delay:
        delay = Duration()
        delay.FromNanoseconds(int(retry_delay * 1e9))
        status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    if field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=field, description="is wrong")
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=[violation]))
    await context.abort_with_status(rpc_status.to_status(status))


def event(sequence: int) -> WatchResponse:
    return WatchResponse(
        resume_token=f"t{sequence}",
        event=Event(
            sequence=sequence,
            type=EVENT_TYPE_CONTACT_ENQUEUED,
            contact=Contact(name=f"centers/demo/contacts/c{sequence}", sequence=sequence),
        ),
    )


def checkpoint(sequence: int) -> WatchResponse:
    return WatchResponse(resume_token=f"t{sequence}", checkpoint=Checkpoint(sequence=sequence))


def page(*contacts: str, token: str = "") -> WatchResponse:
    """A page of a snapshot; the last one has a token."""
    found = [Contact(name=f"centers/demo/contacts/{contact}") for contact in contacts]
    return WatchResponse(resume_token=token, snapshot=Snapshot(contacts=found, last=bool(token)))


class FakeFeed(AssignmentFeedServicer):
    """Plays one script per stream and notes what each stream asked for."""

    def __init__(self) -> None:
        self.scripts: deque[Script] = deque()
        self.requests: list[WatchRequest] = []

    def script(self, script: Script) -> Script:
        self.scripts.append(script)
        return script

    async def Watch(self, request: WatchRequest, context: Context) -> AsyncIterator[WatchResponse]:
        self.requests.append(request)
        async for message in self.scripts.popleft()(request, context):
            yield message

    def tokens(self) -> list[str]:
        return [request.resume_token for request in self.requests]


class FakeContacts:
    """Answers any method of ContactService with what the test put in `answer`."""

    def __init__(self) -> None:
        self.answer: Callable[[Any, Context], Awaitable[Any]] | None = None
        self.requests: list[Any] = []
        self.metadata: list[dict[str, str | bytes]] = []

    def __getattr__(self, name: str) -> Callable[[Any, Context], Awaitable[Any]]:
        async def call(request: Any, context: Context) -> Any:
            self.requests.append(request)
            self.metadata.append(dict(context.invocation_metadata()))
            assert self.answer is not None
            return await self.answer(request, context)

        return call


class FakeRouter:
    """A server on a free port of the loopback."""

    def __init__(self) -> None:
        self.feed = FakeFeed()
        self.contacts = FakeContacts()
        self.port = 0
        self._server: grpc.aio.Server | None = None

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts, or starts again on the same port."""
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        add_AssignmentFeedServicer_to_server(self.feed, self._server)
        add_ContactServiceServicer_to_server(self.contacts, self._server)  # type: ignore[arg-type]  # by __getattr__
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()

    async def stop(self) -> None:
        """Cuts every connection."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(None)
