"""Skills of a center."""

from acd.v1 import skill_pb2
from acd_server.store import records, scripts
from acd_server.store.client import Client
from acd_server.store.replies import raw, texts
from acd_server.store.requests import NO_REQUEST, RequestKey

MAX_SKILLS = 1000
"""Skills per center."""


class SkillStore:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def create_skill(
        self, center: str, skill: str, *, display_name: str, request: RequestKey | None
    ) -> skill_pb2.Skill:
        """Raises RESOURCE_NOT_FOUND, RESOURCE_EXISTS, LIMIT_EXCEEDED, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (text,) = await scripts.create_skill(
            self._client,
            center,
            skill_id=skill,
            display_name=display_name,
            max_skills=MAX_SKILLS,
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.skill(center, raw(text))

    async def list_skills(self, center: str, *, after: str, limit: int) -> tuple[list[skill_pb2.Skill], str]:
        """A page of skills by id, and the id to go on after ("" at the end)."""
        after, *found = texts(await scripts.list_skills(self._client, center, after=after, limit=limit))
        return [records.skill(center, text) for text in found], after

    async def delete_skill(
        self, center: str, skill: str, *, force: bool, request: RequestKey | None
    ) -> skill_pb2.Skill:
        """Raises RESOURCE_NOT_FOUND, SKILL_IN_USE, REQUEST_ID_REUSED."""
        request = request or NO_REQUEST
        (text,) = await scripts.delete_skill(
            self._client,
            center,
            skill_id=skill,
            force=int(force),
            request_id=request.id,
            fingerprint=request.fingerprint,
        )
        return records.skill(center, raw(text))
