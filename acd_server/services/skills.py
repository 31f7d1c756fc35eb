"""SkillService over the store."""

from acd.v1 import skill_service_pb2 as messages
from acd.v1.skill_service_pb2_grpc import SkillServiceServicer
from acd_server.services._requests import request_key
from acd_server.services._types import Context
from acd_server.store import Store
from acd_server.validation import skills as validation


class SkillServicer(SkillServiceServicer):
    def __init__(self, store: Store) -> None:
        self._store = store.skills

    async def CreateSkill(self, request: messages.CreateSkillRequest, _: Context) -> messages.CreateSkillResponse:
        asked = validation.validate_create_skill(request)
        skill = await self._store.create_skill(
            asked.center, asked.skill, display_name=asked.display_name, request=request_key(request)
        )
        return messages.CreateSkillResponse(skill=skill)

    async def ListSkills(self, request: messages.ListSkillsRequest, _: Context) -> messages.ListSkillsResponse:
        asked = validation.validate_list_skills(request)
        page = asked.page
        skills, cursor = await self._store.list_skills(asked.center, after=page.after, limit=page.limit)
        return messages.ListSkillsResponse(skills=skills, next_page_token=page.next_token(cursor))

    async def DeleteSkill(self, request: messages.DeleteSkillRequest, _: Context) -> messages.DeleteSkillResponse:
        asked = validation.validate_delete_skill(request)
        skill = await self._store.delete_skill(
            asked.center, asked.skill, force=asked.force, request=request_key(request)
        )
        return messages.DeleteSkillResponse(skill=skill)
