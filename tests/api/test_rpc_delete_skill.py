from acd.v1.skill_service_pb2 import DeleteSkillRequest
from tests.api.harness import Api, Bank


async def test_agents_lose_the_skill(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    await bank.agent(billing=3, cards=1)
    skill = (await api.skills.DeleteSkill(DeleteSkillRequest(name=bank.skill_name("billing")))).skill
    assert skill.deleting
    await bank.fire()
    assert [skill.skill_id for skill in (await bank.get_agent()).skills] == ["cards"]


async def test_a_skill_in_use(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.contact("c1", billing=1)
    await bank.contact("c2", billing=2)
    request = DeleteSkillRequest(name=bank.skill_name("billing"))
    refused = await api.refused("SKILL_IN_USE", api.skills.DeleteSkill, request)
    assert refused.metadata == {"name": bank.skill_name("billing"), "waiting": "2"}


async def test_force_drops_the_requirement(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    waiting = await bank.contact("c1", billing=1)
    await bank.agent()
    assert await bank.match() == []
    await api.skills.DeleteSkill(DeleteSkillRequest(name=bank.skill_name("billing"), force=True))
    await bank.fire()
    contact = await bank.get_contact()
    assert list(contact.required_skills) == list(contact.current_skills) == []
    assert contact.enqueue_time == waiting.enqueue_time
    assert len(await bank.match()) == 1


async def test_deleting_again_while_it_goes(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    request = DeleteSkillRequest(name=bank.skill_name("billing"))
    first = await api.skills.DeleteSkill(request)
    assert await api.skills.DeleteSkill(request) == first


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    request = DeleteSkillRequest(name=bank.skill_name("billing"))
    await api.repeated(api.skills.DeleteSkill, request, DeleteSkillRequest(name=bank.skill_name("cards")))


async def test_a_skill_that_does_not_exist(api: Api, bank: Bank) -> None:
    request = DeleteSkillRequest(name=bank.skill_name("billing"))
    refused = await api.refused("RESOURCE_NOT_FOUND", api.skills.DeleteSkill, request)
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_bad_input(api: Api, bank: Bank) -> None:
    refused = await api.refused("INVALID_FIELD", api.skills.DeleteSkill, DeleteSkillRequest(name=bank.name))
    assert refused.fields == ["name"]
