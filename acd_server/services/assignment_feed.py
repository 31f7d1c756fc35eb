"""AssignmentFeed: streams events to those who must act on them."""

import asyncio
import contextlib
from typing import Any

import grpc
from grpc.aio import ServicerContext

from acd.v1 import assignment_feed_pb2 as pb
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedServicer
from acd_server import validation
from acd_server.alarm import Alarm
from acd_server.config import Settings
from acd_server.errors import AcdError
from acd_server.feed import FeedHub
from acd_server.services._lease import keeping_lease
from acd_server.store import Store
from acd_server.telemetry import observe_feed_end

_SERVICE = "acd.v1.AssignmentFeed"


def add_feed_to_server(servicer: "FeedServicer", server: Any) -> None:
    """As the generated function does, but for answers that are serialised already: once per
    event and server, not once per subscriber."""
    handler = grpc.unary_stream_rpc_method_handler(
        servicer.Watch, request_deserializer=pb.WatchRequest.FromString, response_serializer=bytes
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, {"Watch": handler}),))
    server.add_registered_method_handlers(_SERVICE, {"Watch": handler})


class FeedServicer(AssignmentFeedServicer):
    def __init__(self, hub: FeedHub, store: Store, settings: Settings) -> None:
        self._hub = hub
        self._store = store
        self._settings = settings

    async def Watch(  # type: ignore[override]  # grpc.aio takes a coroutine that writes, too
        self, request: pb.WatchRequest, context: ServicerContext[Any, Any]
    ) -> None:
        """Writes by hand instead of yielding, so that a reader that takes nothing is noticed."""
        watch = validation.validate_watch(request)
        if watch.agent:
            # A feed of nobody would be silent for ever.
            await self._store.agents.get_agent(watch.center, watch.agent)
        token, opened = request.resume_token, asyncio.Event()
        lease, feed = keeping_lease(self._store.agents, watch, opened), self._hub.watch(watch, opened.set)
        loop, patience_s = asyncio.get_running_loop(), self._settings.feed_write_timeout_s
        try:
            async with asyncio.timeout(None) as limit, lease, contextlib.aclosing(feed) as messages:
                with contextlib.closing(Alarm(lambda: limit.reschedule(loop.time()))) as alarm:
                    async for message in messages:
                        alarm.set(loop.time() + patience_s)
                        await context.write(message.payload)
                        alarm.stop()
                        token = message.token or token
        except TimeoutError:
            if not limit.expired():
                raise
            observe_feed_end("FEED_OVERRUN")
            raise AcdError("FEED_OVERRUN", resumeToken=token) from None
