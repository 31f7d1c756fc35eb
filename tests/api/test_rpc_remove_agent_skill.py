from acd.v1.agent_service_pb2 import RemoveAgentSkillRequest
from acd.v1.contact_pb2 import CONTACT_STATE_OFFERED
from tests.api.harness import Api, Bank


def remove(bank: Bank, skill_id: str = "billing") -> RemoveAgentSkillRequest:
    return RemoveAgentSkillRequest(name=bank.agent_name(), skill_id=skill_id)


async def test_the_skill_is_gone_at_once(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    await bank.agent(billing=2, cards=1)
    await bank.contact(billing=1)
    agent = (await api.agents.RemoveAgentSkill(remove(bank))).agent
    assert [skill.skill_id for skill in agent.skills] == ["cards"]
    assert agent == await bank.get_agent()
    assert await bank.match() == []


async def test_an_offer_already_made_stands(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent(billing=2)
    await bank.contact(billing=1)
    await bank.match()
    await api.agents.RemoveAgentSkill(remove(bank))
    assert (await bank.get_contact()).state == CONTACT_STATE_OFFERED


async def test_taking_away_what_is_not_held_changes_nothing(api: Api, bank: Bank) -> None:
    before = await bank.agent()
    assert (await api.agents.RemoveAgentSkill(remove(bank))).agent == before


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent(billing=1)
    await api.repeated(api.agents.RemoveAgentSkill, remove(bank), remove(bank, "cards"))


async def test_an_agent_that_does_not_exist(api: Api, bank: Bank) -> None:
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.RemoveAgentSkill, remove(bank))
    assert refused.metadata == {"name": bank.agent_name()}


async def test_bad_input(api: Api, bank: Bank) -> None:
    refused = await api.refused("INVALID_FIELD", api.agents.RemoveAgentSkill, remove(bank, ""))
    assert refused.fields == ["skill_id"]
