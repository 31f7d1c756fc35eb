"""Centers: the registry, the policy, opening and closing, the snapshot."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from typing import Any

from acd.v1 import center_pb2, center_service_pb2
from acd_server import names
from acd_server.errors import AcdError
from acd_server.policy import Value
from acd_server.store import records, scripts
from acd_server.store.client import Client
from acd_server.store.replies import number, raw, text
from acd_server.store.requests import NO_REQUEST, RequestKey
from acd_server.tokens import ResumeToken, encode_resume_token

REGISTRY = "_"


def _fields(values: Mapping[str, Value]) -> str:
    """Values as the scripts store them: text, booleans as 0 and 1."""
    return json.dumps(
        {field: str(int(value)) if isinstance(value, bool) else str(value) for field, value in values.items()}
    )


def calendar_fields(calendar: str) -> dict[str, Value]:
    """What a center keeps of a calendar (JSON, "" for none); nothing for a new center that has none."""
    if not calendar:
        return {}
    return {"calendar": calendar, "calendar_expires": bool(json.loads(calendar)["expire_waiting"])}


class CenterStore:
    def __init__(self, client: Client, *, history_max: int) -> None:
        self._client = client
        self._history_max = history_max
        self._listed: set[str] = set()

    async def _register(self, center: str) -> None:
        await scripts.register_center(self._client, REGISTRY, center_id=center)
        self._listed.add(center)

    async def create_center(
        self,
        center: str,
        *,
        display_name: str,
        policy: Mapping[str, Value],
        calendar: str = "",
        request: RequestKey | None,
    ) -> center_pb2.Center:
        """Raises RESOURCE_EXISTS, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        await self._register(center)
        (found,) = await scripts.create_center(
            self._client,
            center,
            fields=_fields({"display_name": display_name, **policy, **calendar_fields(calendar)}),
            incarnation=uuid.uuid4().hex,
            history_max=self._history_max,
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.center(raw(found))

    async def get_center(self, center: str) -> center_pb2.Center:
        """Raises RESOURCE_NOT_FOUND. A center that the registry lost is listed again."""
        (found,) = await scripts.get_center(self._client, center)
        if center not in self._listed:
            await self._register(center)
        return records.center(raw(found))

    async def list_ids(self, *, after: str, limit: int) -> list[str]:
        found = await scripts.list_centers(self._client, REGISTRY, after=after, limit=limit)
        return [text(center) for center in found]

    async def _find(self, center: str) -> center_pb2.Center | None:
        """A listed center; None for one whose creation never came to an end."""
        try:
            (text,) = await scripts.get_center(self._client, center)
        except AcdError as error:
            if error.reason != "RESOURCE_NOT_FOUND":
                raise
            return None
        return records.center(raw(text))

    async def list_centers(self, *, after: str, limit: int) -> tuple[list[center_pb2.Center], str]:
        """A page of centers by id, and the id to go on after ("" at the end)."""
        ids = await self.list_ids(after=after, limit=limit + 1)
        page = ids[:limit]
        found = await asyncio.gather(*(self._find(center) for center in page))
        centers = [center for center in found if center is not None]
        return centers, page[-1] if len(ids) > limit else ""

    async def update_center(
        self, center: str, changes: Mapping[str, Value], *, request: RequestKey | None
    ) -> center_pb2.Center:
        """Raises RESOURCE_NOT_FOUND, SKILL_DELETING, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (found,) = await scripts.update_center(
            self._client, center, changes=_fields(changes), request_id=request.id, fingerprint=request.fingerprint
        )
        return records.center(raw(found))

    async def open_center(self, center: str, *, make_available: bool, request: RequestKey | None) -> center_pb2.Center:
        """Raises RESOURCE_NOT_FOUND, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (found,) = await scripts.open_center(
            self._client,
            center,
            make_available=int(make_available),
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.center(raw(found))

    async def close_center(self, center: str, *, expire_waiting: bool, request: RequestKey | None) -> center_pb2.Center:
        """Raises RESOURCE_NOT_FOUND, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (found,) = await scripts.close_center(
            self._client,
            center,
            expire_waiting=int(expire_waiting),
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.center(raw(found))

    async def get_center_snapshot(self, center: str) -> center_service_pb2.GetCenterSnapshotResponse:
        """Raises RESOURCE_NOT_FOUND."""
        reply = await scripts.get_center_snapshot(self._client, center)
        found, now, sequence, waiting, offered, active, wrap_up, oldest, agents, stamp, incarnation, *classes = reply
        counts = json.loads(raw(agents))
        await scripts.confirm_events(self._client, center, sequence=number(sequence), stamp=number(stamp))
        return center_service_pb2.GetCenterSnapshotResponse(
            center=records.center(raw(found)),
            waiting=[_waiting_class(center, *classes[first : first + 3]) for first in range(0, len(classes), 3)],
            waiting_count=number(waiting),
            offered_count=number(offered),
            active_count=number(active),
            wrap_up_count=number(wrap_up),
            oldest_enqueue_time=records.timestamp(raw(oldest)),
            snapshot_time=records.timestamp(raw(now)),
            agents=center_pb2.AgentCounts(**{field.lower(): count for field, count in counts.items()}),
            resume_token=encode_resume_token(ResumeToken(center, text(incarnation), number(sequence), number(stamp))),
        )


def _waiting_class(center: str, requirement: Any, waiting: Any, enqueue: Any) -> center_pb2.WaitingClass:
    required = records.requirement(text(requirement))
    return center_pb2.WaitingClass(
        channel=required.channel,
        required_skills=required.skills,
        barred_agents=len(required.barred),
        preferred_agents=[names.agent_name(center, agent) for agent in required.preferred],
        waiting=waiting,
        head_enqueue_time=records.timestamp(enqueue),
    )
