"""CenterService over the store."""

from acd.v1 import center_service_pb2 as messages
from acd.v1.center_pb2 import Center
from acd.v1.center_service_pb2_grpc import CenterServiceServicer
from acd_server.auth import EVERY_CENTER, PRINCIPAL
from acd_server.errors import AcdError
from acd_server.services._requests import request_key
from acd_server.services._types import Context
from acd_server.store import Store
from acd_server.validation import centers as validation


class CenterServicer(CenterServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store.centers
        self._explanations = store.explanations

    async def CreateCenter(self, request: messages.CreateCenterRequest, _: Context) -> messages.CreateCenterResponse:
        asked = validation.validate_create_center(request)
        center = await self._store.create_center(
            asked.center,
            display_name=asked.display_name,
            policy=asked.policy,
            calendar=asked.calendar,
            request=request_key(request),
        )
        return messages.CreateCenterResponse(center=center)

    async def GetCenter(self, request: messages.GetCenterRequest, _: Context) -> messages.GetCenterResponse:
        center = validation.validate_get_center(request)
        return messages.GetCenterResponse(center=await self._store.get_center(center))

    async def ListCenters(self, request: messages.ListCentersRequest, _: Context) -> messages.ListCentersResponse:
        page = validation.validate_list_centers(request)
        only = PRINCIPAL.get().center
        if only != EVERY_CENTER:
            return messages.ListCentersResponse(centers=await self._one(only))
        centers, cursor = await self._store.list_centers(after=page.after, limit=page.limit)
        return messages.ListCentersResponse(centers=centers, next_page_token=page.next_token(cursor))

    async def _one(self, center: str) -> list[Center]:
        """The center that a token is for, if it has been created."""
        try:
            return [await self._store.get_center(center)]
        except AcdError as error:
            if error.reason == "RESOURCE_NOT_FOUND":
                return []
            raise

    async def UpdateCenter(self, request: messages.UpdateCenterRequest, _: Context) -> messages.UpdateCenterResponse:
        asked = validation.validate_update_center(request)
        center = await self._store.update_center(asked.center, asked.changes, request=request_key(request))
        return messages.UpdateCenterResponse(center=center)

    async def OpenCenter(self, request: messages.OpenCenterRequest, _: Context) -> messages.OpenCenterResponse:
        asked = validation.validate_open_center(request)
        center = await self._store.open_center(
            asked.center, make_available=asked.make_available, request=request_key(request)
        )
        return messages.OpenCenterResponse(center=center)

    async def CloseCenter(self, request: messages.CloseCenterRequest, _: Context) -> messages.CloseCenterResponse:
        asked = validation.validate_close_center(request)
        center = await self._store.close_center(
            asked.center, expire_waiting=asked.expire_waiting, request=request_key(request)
        )
        return messages.CloseCenterResponse(center=center)

    async def ExplainRouting(
        self, request: messages.ExplainRoutingRequest, _: Context
    ) -> messages.ExplainRoutingResponse:
        asked = validation.validate_explain_routing(request)
        if asked.contact:
            contact = await self._explanations.explain_contact(asked.center, asked.contact)
            return messages.ExplainRoutingResponse(contact=contact)
        agent = await self._explanations.explain_agent(asked.center, asked.agent)
        return messages.ExplainRoutingResponse(agent=agent)

    async def GetCenterSnapshot(
        self, request: messages.GetCenterSnapshotRequest, _: Context
    ) -> messages.GetCenterSnapshotResponse:
        return await self._store.get_center_snapshot(validation.validate_get_center_snapshot(request))
