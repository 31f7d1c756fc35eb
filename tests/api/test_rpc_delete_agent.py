import pytest

from acd.v1.agent_service_pb2 import DeleteAgentRequest, GetAgentRequest, ListAgentsRequest
from acd.v1.contact_pb2 import ASSIGNMENT_STATE_REVOKED, CONTACT_STATE_QUEUED, REVOKE_REASON_AGENT_LEFT
from tests.api.harness import Api, Bank, refusal


async def test_an_agent_is_deleted(api: Api, bank: Bank) -> None:
    await bank.agent()
    await api.agents.DeleteAgent(DeleteAgentRequest(name=bank.agent_name()))
    assert (await refusal(api.agents.GetAgent(GetAgentRequest(name=bank.agent_name())))).reason == "RESOURCE_NOT_FOUND"
    assert list((await api.agents.ListAgents(ListAgentsRequest(parent=bank.name))).agents) == []
    await bank.contact()
    assert await bank.match() == []


async def test_an_open_offer_goes_back_to_the_queue(api: Api, bank: Bank) -> None:
    await bank.offered()
    await api.agents.DeleteAgent(DeleteAgentRequest(name=bank.agent_name()))
    contact = await bank.get_contact()
    assert contact.state == CONTACT_STATE_QUEUED
    assert contact.assignment.state == ASSIGNMENT_STATE_REVOKED
    assert contact.assignment.revoke_reason == REVOKE_REASON_AGENT_LEFT
    await bank.agent("bob")
    assert [each.agent for each in await bank.match()] == [bank.agent_name("bob")]


@pytest.mark.parametrize("busy", [True, False])
async def test_an_agent_at_work(api: Api, bank: Bank, *, busy: bool) -> None:
    await bank.policy(wrap_up_time=60)
    await (bank.active() if busy else bank.completed())
    request = DeleteAgentRequest(name=bank.agent_name())
    refused = await api.refused("AGENT_HAS_WORK", api.agents.DeleteAgent, request)
    assert refused.metadata == {"name": bank.agent_name()}


async def test_a_new_agent_of_the_same_id_begins_anew(api: Api, bank: Bank) -> None:
    await bank.agent()
    await api.agents.DeleteAgent(DeleteAgentRequest(name=bank.agent_name()))
    agent = await bank.agent(available=False)
    assert not agent.HasField("idle_time")


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.agent()
    await bank.agent("bob")
    request, other = DeleteAgentRequest(name=bank.agent_name()), DeleteAgentRequest(name=bank.agent_name("bob"))
    await api.repeated(api.agents.DeleteAgent, request, other)


async def test_an_agent_that_does_not_exist(api: Api, bank: Bank) -> None:
    request = DeleteAgentRequest(name=bank.agent_name())
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.DeleteAgent, request)
    assert refused.metadata == {"name": bank.agent_name()}


async def test_bad_input(api: Api) -> None:
    refused = await api.refused("INVALID_FIELD", api.agents.DeleteAgent, DeleteAgentRequest(name="ada"))
    assert refused.fields == ["name"]
