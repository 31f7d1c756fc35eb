from acd.v1.agent_pb2 import AgentSkill
from acd.v1.agent_service_pb2 import AddAgentSkillRequest
from tests.api.harness import Api, Bank


def add(bank: Bank, skill_id: str = "billing", level: int = 0, agent: str = "ada") -> AddAgentSkillRequest:
    return AddAgentSkillRequest(name=bank.agent_name(agent), skill=AgentSkill(skill_id=skill_id, level=level))


async def test_the_skill_holds_at_once(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent()
    await bank.contact(billing=1)
    assert await bank.match() == []
    agent = (await api.agents.AddAgentSkill(add(bank))).agent
    assert [(skill.skill_id, skill.level) for skill in agent.skills] == [("billing", 1)]
    assert agent == await bank.get_agent()
    assert len(await bank.match()) == 1


async def test_another_level(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent(billing=2)
    await bank.contact(billing=7)
    assert await bank.match() == []
    agent = (await api.agents.AddAgentSkill(add(bank, level=7))).agent
    assert [(skill.skill_id, skill.level) for skill in agent.skills] == [("billing", 7)]
    assert len(await bank.match()) == 1


async def test_the_same_level_changes_nothing(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    before = await bank.agent(billing=2)
    assert (await api.agents.AddAgentSkill(add(bank, level=2))).agent == before


async def test_64_skills_are_the_limit(api: Api, bank: Bank) -> None:
    skills = [f"s-{i}" for i in range(65)]
    await bank.skill(*skills)
    await bank.agent(skills=dict.fromkeys(skills[:64], 1))
    refused = await api.refused("LIMIT_EXCEEDED", api.agents.AddAgentSkill, add(bank, "s-64"))
    assert refused.metadata == {"name": f"{bank.agent_name()}/skills", "limit": "64"}
    await api.agents.AddAgentSkill(add(bank, "s-63", 5))


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent()
    await api.repeated(api.agents.AddAgentSkill, add(bank), add(bank, level=2))


async def test_a_skill_or_an_agent_that_does_not_exist(api: Api, bank: Bank) -> None:
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.AddAgentSkill, add(bank))
    assert refused.metadata == {"name": bank.agent_name()}
    await bank.agent()
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.AddAgentSkill, add(bank))
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_a_skill_that_is_being_deleted(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent()
    await bank.delete_skill("billing")
    await api.refused("SKILL_DELETING", api.agents.AddAgentSkill, add(bank))


async def test_bad_input(api: Api, bank: Bank) -> None:
    await bank.agent()
    refused = await api.refused("INVALID_FIELD", api.agents.AddAgentSkill, add(bank, "a b", 11))
    assert refused.fields == ["skill.skill_id", "skill.level"]
