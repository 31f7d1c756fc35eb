"""The empty handler: the same messages over the same transport, with its options, and nothing done with them.

`EnqueueContact` answers a contact that was made before. `Watch` sends, for each call of
EnqueueContact on its center, one message that was serialised before; so the code that drives a
router's feeds drives these, too.
"""

import asyncio
from collections import defaultdict
from typing import Any

import grpc
import grpc.aio

from acd.v1 import assignment_feed_pb2, contact_pb2, contact_service_pb2, event_pb2
from acd.v1.contact_service_pb2_grpc import ContactServiceServicer, add_ContactServiceServicer_to_server
from acd_server.app import OPTIONS

_NOW = 1_764_000_000


def _contact() -> contact_pb2.Contact:
    """As the router answers one that was just put in the queue."""
    contact = contact_pb2.Contact(
        name="centers/bench/contacts/c1000000",
        channel=contact_pb2.CHANNEL_VOICE,
        required_skills=[contact_pb2.SkillRequirement(skill_id="billing", min_level=1)],
        state=contact_pb2.CONTACT_STATE_QUEUED,
        sequence=1_000_000,
    )
    for field in (contact.enqueue_time, contact.update_time, contact.expire_time):
        field.seconds, field.nanos = _NOW, 123_456_000
    return contact


def _message() -> bytes:
    event = event_pb2.Event(
        sequence=1_000_000,
        type=event_pb2.EVENT_TYPE_CONTACT_ENQUEUED,
        contact=_contact(),
        event_time=_contact().enqueue_time,
    )
    return assignment_feed_pb2.WatchResponse(resume_token="t" * 90, event=event).SerializeToString()


class _Contacts(ContactServiceServicer):
    def __init__(self, feeds: "_Feeds", delay: float) -> None:
        self._answer = contact_service_pb2.EnqueueContactResponse(contact=_contact())
        self._feeds = feeds
        self._delay = delay

    async def EnqueueContact(
        self, request: contact_service_pb2.EnqueueContactRequest, _: Any
    ) -> contact_service_pb2.EnqueueContactResponse:
        if self._delay:
            await asyncio.sleep(self._delay)
        if self._feeds.open:
            self._feeds.publish(request.parent)
        return self._answer


class _Feeds:
    def __init__(self) -> None:
        self.open = 0
        self._message = _message()
        self._published: defaultdict[str, int] = defaultdict(int)
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def publish(self, parent: str) -> None:
        self._published[parent] += 1
        self._changed.pop(parent, asyncio.Event()).set()

    async def watch(self, request: assignment_feed_pb2.WatchRequest, context: Any) -> None:
        """Begins with one message that says that it is open, like a router's first page."""
        parent = request.parent
        sent = self._published[parent]
        self.open += 1
        try:
            await context.write(
                assignment_feed_pb2.WatchResponse(snapshot=assignment_feed_pb2.Snapshot(last=True)).SerializeToString()
            )
            while True:
                while sent < self._published[parent]:
                    sent += 1
                    await context.write(self._message)
                await self._changed[parent].wait()
        finally:
            self.open -= 1


async def start(*, delay: float = 0.0) -> tuple[grpc.aio.Server, int]:
    """The server and its port on the loopback. `delay` in seconds is added to each call, to try the measures."""
    server = grpc.aio.server(options=OPTIONS)
    feeds = _Feeds()
    contacts: Any = _Contacts  # abstract by its stubs only: what is not there answers UNIMPLEMENTED
    add_ContactServiceServicer_to_server(contacts(feeds, delay), server)
    handler = grpc.unary_stream_rpc_method_handler(
        feeds.watch,
        request_deserializer=assignment_feed_pb2.WatchRequest.FromString,
        response_serializer=bytes,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("acd.v1.AssignmentFeed", {"Watch": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port
