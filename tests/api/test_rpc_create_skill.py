import pytest

from acd.v1.skill_pb2 import Skill
from acd.v1.skill_service_pb2 import CreateSkillRequest
from acd_server.store import skills
from tests.api.harness import Api, Bank


def create(bank: Bank, skill_id: str = "billing", display_name: str = "") -> CreateSkillRequest:
    return CreateSkillRequest(parent=bank.name, skill_id=skill_id, skill=Skill(display_name=display_name))


async def test_a_skill_is_created(api: Api, bank: Bank) -> None:
    skill = (await api.skills.CreateSkill(create(bank, display_name="Rechnungen"))).skill
    assert (skill.name, skill.display_name, skill.deleting) == (bank.skill_name("billing"), "Rechnungen", False)
    assert skill.sequence == 2
    assert skill.HasField("create_time")


async def test_a_second_skill_of_the_same_id(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    refused = await api.refused("RESOURCE_EXISTS", api.skills.CreateSkill, create(bank))
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_a_deleted_skill_can_be_created_again_once_it_is_gone(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.delete_skill("billing")
    await api.refused("RESOURCE_EXISTS", api.skills.CreateSkill, create(bank))
    await bank.fire()
    assert not (await api.skills.CreateSkill(create(bank))).skill.deleting


async def test_the_limit(api: Api, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    assert skills.MAX_SKILLS == 1000
    monkeypatch.setattr(skills, "MAX_SKILLS", 3)
    await bank.skill("s-1", "s-2", "s-3")
    refused = await api.refused("LIMIT_EXCEEDED", api.skills.CreateSkill, create(bank))
    assert refused.metadata == {"name": f"{bank.name}/skills", "limit": "3"}


async def test_repeating(api: Api, bank: Bank) -> None:
    await api.repeated(api.skills.CreateSkill, create(bank), create(bank, "cards"))


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = CreateSkillRequest(parent="centers/nowhere", skill_id="billing")
    refused = await api.refused("RESOURCE_NOT_FOUND", api.skills.CreateSkill, request)
    assert refused.metadata == {"name": "centers/nowhere"}


async def test_bad_input(api: Api, bank: Bank) -> None:
    request = create(bank, "Billing", "x" * 129)
    refused = await api.refused("INVALID_FIELD", api.skills.CreateSkill, request)
    assert refused.fields == ["skill_id", "skill.display_name"]
