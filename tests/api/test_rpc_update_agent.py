from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_OFFLINE, Agent, AgentSkill, ChannelCapacity
from acd.v1.agent_service_pb2 import UpdateAgentRequest
from acd.v1.contact_pb2 import CHANNEL_CHAT
from tests.api.harness import Api, Bank


def update(bank: Bank, *paths: str, display_name: str = "", agent: str = "ada", **skills: int) -> UpdateAgentRequest:
    held = [AgentSkill(skill_id=skill, level=level) for skill, level in skills.items()]
    body = Agent(name=bank.agent_name(agent), display_name=display_name, skills=held, presence=PRESENCE_OFFLINE)
    return UpdateAgentRequest(agent=body, update_mask=FieldMask(paths=paths))


def levels(agent: Agent) -> dict[str, int]:
    return {skill.skill_id: skill.level for skill in agent.skills}


async def test_without_a_mask_what_is_set_changes(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    before = await bank.agent(billing=3)
    after = (await api.agents.UpdateAgent(update(bank, display_name="Ada"))).agent
    assert (after.display_name, levels(after)) == ("Ada", {"billing": 3})
    after = (await api.agents.UpdateAgent(update(bank, cards=2))).agent
    assert (after.display_name, levels(after)) == ("Ada", {"cards": 2})
    assert (after.presence, after.idle_time) == (PRESENCE_AVAILABLE, before.idle_time)
    assert after.sequence > before.sequence
    assert after == await bank.get_agent()


async def test_a_mask_can_empty_a_field(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent(billing=3)
    await api.agents.UpdateAgent(update(bank, display_name="Ada"))
    after = (await api.agents.UpdateAgent(update(bank, "skills", display_name="ignored"))).agent
    assert (after.display_name, levels(after)) == ("Ada", {})
    after = (await api.agents.UpdateAgent(update(bank, "*"))).agent
    assert (after.display_name, levels(after)) == ("", {})


async def test_new_skills_hold_at_once(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent()
    await bank.contact(billing=2)
    assert await bank.match() == []
    await api.agents.UpdateAgent(update(bank, billing=2))
    (assignment,) = await bank.match()
    assert assignment.agent == bank.agent_name()


async def test_skills_taken_away_are_gone_at_once(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent(billing=2)
    await api.agents.UpdateAgent(update(bank, billing=1))
    await bank.contact(billing=2)
    assert await bank.match() == []


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.agent()
    await api.repeated(api.agents.UpdateAgent, update(bank, display_name="A"), update(bank, display_name="B"))


async def test_an_agent_that_does_not_exist(api: Api, bank: Bank) -> None:
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.UpdateAgent, update(bank, display_name="A"))
    assert refused.metadata == {"name": bank.agent_name()}


async def test_a_skill_that_does_not_exist(api: Api, bank: Bank) -> None:
    await bank.agent()
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.UpdateAgent, update(bank, billing=1))
    assert refused.metadata == {"name": bank.skill_name("billing")}


async def test_a_skill_that_is_being_deleted(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    await bank.agent()
    await bank.delete_skill("billing")
    await api.refused("SKILL_DELETING", api.agents.UpdateAgent, update(bank, billing=1))


async def test_bad_input(api: Api, bank: Bank) -> None:
    await bank.agent()
    refused = await api.refused("INVALID_FIELD", api.agents.UpdateAgent, update(bank, "presence", display_name="A"))
    assert refused.fields == ["update_mask"]
    refused = await api.refused("INVALID_FIELD", api.agents.UpdateAgent, update(bank, billing=12))
    assert refused.fields == ["agent.skills[0].level"]


async def test_capacity(api: Api, bank: Bank) -> None:
    """Set with a mask, and set back by an unset field that the mask names."""
    await bank.agent()
    rule = ChannelCapacity(channel=CHANNEL_CHAT, cost=20)
    agent = Agent(name=bank.agent_name("ada"), capacity=60, channel_capacity=[rule])
    changed = (await api.agents.UpdateAgent(UpdateAgentRequest(agent=agent))).agent
    assert (changed.capacity, changed.effective_capacity, list(changed.channel_capacity)) == (60, 60, [rule])
    back = (await api.agents.UpdateAgent(update(bank, "capacity", "channel_capacity"))).agent
    assert (back.capacity, back.effective_capacity, list(back.channel_capacity)) == (0, 100, [])
