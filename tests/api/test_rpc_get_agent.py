from acd.v1.agent_pb2 import ACTIVITY_BUSY, ACTIVITY_IDLE, ACTIVITY_RESERVED, ACTIVITY_WRAP_UP
from acd.v1.agent_service_pb2 import GetAgentRequest
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, CompleteContactRequest, FinishWrapUpRequest
from tests.api.harness import Api, Bank


async def test_activity_follows_the_contact(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=60)
    name = await bank.offered()
    agent = await bank.get_agent()
    assert (agent.activity, list(agent.assignments)) == (ACTIVITY_RESERVED, [name])
    await api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=name))
    assert (await bank.get_agent()).activity == ACTIVITY_BUSY
    await api.contacts.CompleteContact(CompleteContactRequest(name=name))
    agent = await bank.get_agent()
    assert (agent.activity, list(agent.assignments)) == (ACTIVITY_WRAP_UP, [name])
    await api.contacts.FinishWrapUp(FinishWrapUpRequest(name=name))
    agent = await bank.get_agent()
    assert (agent.activity, list(agent.assignments)) == (ACTIVITY_IDLE, [])


async def test_an_agent_that_does_not_exist(api: Api, bank: Bank) -> None:
    for name in (bank.agent_name(), "centers/nowhere/agents/ada"):
        refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.GetAgent, GetAgentRequest(name=name))
        assert refused.metadata == {"name": name}


async def test_case_matters(api: Api, bank: Bank) -> None:
    await bank.agent("Ada")
    await api.refused("RESOURCE_NOT_FOUND", api.agents.GetAgent, GetAgentRequest(name=bank.agent_name("ada")))


async def test_bad_input(api: Api, bank: Bank) -> None:
    for name in ("", "ada", bank.name, bank.contact_name(), bank.agent_name("{ada}"), bank.agent_name("ada") + "/"):
        refused = await api.refused("INVALID_FIELD", api.agents.GetAgent, GetAgentRequest(name=name))
        assert refused.fields == ["name"]
