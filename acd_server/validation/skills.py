"""Requests of SkillService."""

from typing import NamedTuple

from acd.v1 import skill_service_pb2
from acd_server.names import SLUG
from acd_server.validation._check import Check
from acd_server.validation._page import Page, read_page


class CreateSkill(NamedTuple):
    center: str
    skill: str
    display_name: str


class ListSkills(NamedTuple):
    center: str
    page: Page


class DeleteSkill(NamedTuple):
    center: str
    skill: str
    force: bool


def validate_create_skill(request: skill_service_pb2.CreateSkillRequest) -> CreateSkill:
    with Check() as check:
        center = check.center(request.parent)
        skill = check.slug(request.skill_id, "skill_id")
        display_name = check.display_name(request.skill.display_name, "skill.display_name")
        check.request_id(request.request_id)
    return CreateSkill(center, skill, display_name)


def validate_list_skills(request: skill_service_pb2.ListSkillsRequest) -> ListSkills:
    with Check() as check:
        center = check.center(request.parent)
        limit = check.page_size(request.page_size)
    return ListSkills(center, read_page(request.page_token, limit, SLUG, "ListSkills", center))


def validate_delete_skill(request: skill_service_pb2.DeleteSkillRequest) -> DeleteSkill:
    with Check() as check:
        name = check.skill(request.name)
        check.request_id(request.request_id)
    return DeleteSkill(name.center, name.skill, request.force)
