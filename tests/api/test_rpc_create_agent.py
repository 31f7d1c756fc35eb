import pytest

from acd.v1.agent_pb2 import ACTIVITY_IDLE, PRESENCE_OFFLINE, Agent, AgentSkill, ChannelCapacity
from acd.v1.agent_service_pb2 import CreateAgentRequest
from acd.v1.contact_pb2 import CHANNEL_CALLBACK, CHANNEL_CHAT, CHANNEL_EMAIL, CHANNEL_VOICE
from acd_server.store import agents
from tests.api.harness import Api, Bank


def create(bank: Bank, agent_id: str = "ada", agent: Agent | None = None) -> CreateAgentRequest:
    return CreateAgentRequest(parent=bank.name, agent_id=agent_id, agent=agent)


async def test_an_agent_begins_offline(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    skills = [AgentSkill(skill_id="cards"), AgentSkill(skill_id="billing", level=10)]
    agent = (await api.agents.CreateAgent(create(bank, agent=Agent(display_name="Ada", skills=skills)))).agent
    assert (agent.name, agent.display_name) == (bank.agent_name(), "Ada")
    assert (agent.presence, agent.presence_reason, agent.activity) == (PRESENCE_OFFLINE, "", ACTIVITY_IDLE)
    assert {skill.skill_id: skill.level for skill in agent.skills} == {"cards": 1, "billing": 10}
    assert not agent.HasField("idle_time")
    assert list(agent.assignments) == []
    assert agent.create_time == agent.update_time
    assert agent == await bank.get_agent()


async def test_ids_that_platforms_have(api: Api, bank: Bank) -> None:
    for agent_id in ("Ada", "ada", "ada.lovelace@example.com", "+4930123", "7", "A" * 128):
        if agent_id.startswith("+"):
            await api.refused("INVALID_FIELD", api.agents.CreateAgent, create(bank, agent_id))
        else:
            assert (await api.agents.CreateAgent(create(bank, agent_id))).agent.name == bank.agent_name(agent_id)


async def test_a_second_agent_of_the_same_id(api: Api, bank: Bank) -> None:
    await bank.agent()
    refused = await api.refused("RESOURCE_EXISTS", api.agents.CreateAgent, create(bank))
    assert refused.metadata == {"name": bank.agent_name()}


async def test_a_skill_that_does_not_exist(api: Api, bank: Bank) -> None:
    request = create(bank, agent=Agent(skills=[AgentSkill(skill_id="billing")]))
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.CreateAgent, request)
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_a_skill_that_is_being_deleted(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.delete_skill("billing")
    request = create(bank, agent=Agent(skills=[AgentSkill(skill_id="billing")]))
    refused = await api.refused("SKILL_DELETING", api.agents.CreateAgent, request)
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_the_limit(api: Api, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    assert agents.MAX_AGENTS == 10_000
    monkeypatch.setattr(agents, "MAX_AGENTS", 1)
    await bank.agent("bob")
    refused = await api.refused("LIMIT_EXCEEDED", api.agents.CreateAgent, create(bank))
    assert refused.metadata == {"name": f"{bank.name}/agents", "limit": "1"}


async def test_repeating(api: Api, bank: Bank) -> None:
    await api.repeated(api.agents.CreateAgent, create(bank), create(bank, "bob"))


async def test_a_center_that_does_not_exist(api: Api) -> None:
    request = CreateAgentRequest(parent="centers/nowhere", agent_id="ada")
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.CreateAgent, request)
    assert refused.metadata == {"name": "centers/nowhere"}


async def test_bad_input(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    twice = [AgentSkill(skill_id="billing"), AgentSkill(skill_id="billing", level=11)]
    request = create(bank, "a:b", Agent(skills=twice))
    refused = await api.refused("INVALID_FIELD", api.agents.CreateAgent, request)
    assert refused.fields == ["agent_id", "agent.skills[1].skill_id", "agent.skills[1].level"]


async def test_capacity(api: Api, bank: Bank) -> None:
    """What is not said is the policy's, part by part."""
    await bank.policy(agent_capacity=120)
    own = [ChannelCapacity(channel=CHANNEL_CHAT, cost=10, max_contacts=2), ChannelCapacity(channel=CHANNEL_VOICE)]
    created = (await api.agents.CreateAgent(create(bank, agent=Agent(channel_capacity=own)))).agent
    assert (created.capacity, created.effective_capacity, created.used_capacity) == (0, 120, 0)
    assert list(created.channel_capacity) == own[:1]
    found = {rule.channel: (rule.cost, rule.max_contacts) for rule in created.effective_channel_capacity}
    assert found == {
        CHANNEL_VOICE: (100, 50),
        CHANNEL_CHAT: (10, 2),
        CHANNEL_EMAIL: (100, 50),
        CHANNEL_CALLBACK: (100, 50),
    }


async def test_bad_capacity(api: Api, bank: Bank) -> None:
    own = [ChannelCapacity(channel=CHANNEL_CHAT, cost=-1, max_contacts=51), ChannelCapacity(channel=CHANNEL_CHAT)]
    request = create(bank, agent=Agent(capacity=10_001, channel_capacity=own))
    refused = await api.refused("INVALID_FIELD", api.agents.CreateAgent, request)
    rule = "agent.channel_capacity"
    assert refused.fields == ["agent.capacity", f"{rule}[0].cost", f"{rule}[0].max_contacts", f"{rule}[1].channel"]
