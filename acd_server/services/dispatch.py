"""DispatchService: what drives the routing."""

from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import ServicerContext

from acd.v1 import dispatch_service_pb2 as pb
from acd.v1.dispatch_service_pb2_grpc import DispatchServiceServicer
from acd_server import validation
from acd_server.store import Store
from acd_server.telemetry import observe_fired, observe_matches
from acd_server.work import WorkHub

Context = ServicerContext[Any, Any]


class DispatchServicer(DispatchServiceServicer):
    def __init__(self, work: WorkHub, store: Store) -> None:
        self._work = work
        self._store = store

    async def WatchWork(self, request: pb.WatchWorkRequest, context: Context) -> AsyncIterator[pb.WatchWorkResponse]:
        del context
        async for centers in self._work.watch(validation.validate_watch_work(request)):
            yield pb.WatchWorkResponse(centers=centers)

    async def MatchContacts(self, request: pb.MatchContactsRequest, context: Context) -> pb.MatchContactsResponse:
        del context
        center, max_pairs = validation.validate_match(request)
        response = await self._store.dispatch.match_contacts(center, max_pairs=max_pairs)
        observe_matches(len(response.assignments))
        return response

    async def FireDeadlines(self, request: pb.FireDeadlinesRequest, context: Context) -> pb.FireDeadlinesResponse:
        del context
        center, max_count = validation.validate_fire(request)
        response = await self._store.dispatch.fire_deadlines(center, max_count=max_count)
        observe_fired(response.fired_count)
        return response
