"""AssignmentFeed: streams events to those who must act on them."""

import asyncio
import contextlib
from typing import Any

from grpc.aio import ServicerContext

from acd.v1 import assignment_feed_pb2 as pb
from acd.v1.assignment_feed_pb2_grpc import AssignmentFeedServicer
from acd_server import validation
from acd_server.config import Settings
from acd_server.errors import AcdError
from acd_server.feed import FeedHub
from acd_server.store import Store


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
        token = request.resume_token
        async with contextlib.aclosing(self._hub.watch(watch)) as messages:
            async for response in messages:
                try:
                    async with asyncio.timeout(self._settings.feed_write_timeout_s):
                        await context.write(response)
                except TimeoutError:
                    raise AcdError("FEED_OVERRUN", resumeToken=token) from None
                token = response.resume_token or token
