import pytest

from acd.v1.agent_pb2 import (
    ACTIVITY_BUSY,
    PRESENCE_AVAILABLE,
    PRESENCE_NOT_READY,
    PRESENCE_OFFLINE,
    PRESENCE_UNSPECIFIED,
    Presence,
)
from acd.v1.agent_service_pb2 import SetAgentStateRequest
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.center_service_pb2 import UpdateCenterRequest
from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_REVOKED,
    CONTACT_STATE_ACTIVE,
    CONTACT_STATE_QUEUED,
    REVOKE_REASON_AGENT_LEFT,
)
from acd.v1.contact_service_pb2 import CompleteContactRequest
from tests.api.harness import Api, Bank


def state(bank: Bank, presence: Presence.ValueType, reason: str = "") -> SetAgentStateRequest:
    return SetAgentStateRequest(name=bank.agent_name(), presence=presence, reason=reason)


async def test_idle_time_begins_with_availability(api: Api, bank: Bank) -> None:
    before = await bank.agent(available=False)
    agent = (await api.agents.SetAgentState(state(bank, PRESENCE_AVAILABLE))).agent
    assert agent.presence == PRESENCE_AVAILABLE
    assert agent.idle_time == agent.update_time
    assert agent.sequence == before.sequence + 1
    assert agent == await bank.get_agent()


async def test_the_longest_available_agent_gets_the_contact(bank: Bank) -> None:
    await bank.agent("ada")
    await bank.agent("bob")
    await bank.set_state(PRESENCE_NOT_READY, "lunch", agent="ada")
    await bank.set_state(PRESENCE_AVAILABLE, agent="ada")
    await bank.contact()
    assert [each.agent for each in await bank.match()] == [bank.agent_name("bob")]


@pytest.mark.parametrize("reason", ["lunch", "Pause ☕", '"}{', "x" * 64])
async def test_not_ready_with_a_reason(api: Api, bank: Bank, reason: str) -> None:
    await bank.agent()
    agent = (await api.agents.SetAgentState(state(bank, PRESENCE_NOT_READY, reason))).agent
    assert (agent.presence, agent.presence_reason) == (PRESENCE_NOT_READY, reason)
    agent = (await api.agents.SetAgentState(state(bank, PRESENCE_OFFLINE))).agent
    assert (agent.presence, agent.presence_reason) == (PRESENCE_OFFLINE, "")


@pytest.mark.parametrize("leaving", [PRESENCE_OFFLINE, PRESENCE_NOT_READY])
async def test_leaving_takes_an_unanswered_offer_back(api: Api, bank: Bank, leaving: Presence.ValueType) -> None:
    await bank.offered()
    await api.agents.SetAgentState(state(bank, leaving, "lunch" if leaving == PRESENCE_NOT_READY else ""))
    contact = await bank.get_contact()
    assert contact.state == CONTACT_STATE_QUEUED
    assert contact.assignment.state == ASSIGNMENT_STATE_REVOKED
    assert contact.assignment.revoke_reason == REVOKE_REASON_AGENT_LEFT
    assert list((await bank.get_agent()).assignments) == []


async def test_a_contact_in_service_stays(api: Api, bank: Bank) -> None:
    name = await bank.active()
    agent = (await api.agents.SetAgentState(state(bank, PRESENCE_OFFLINE))).agent
    assert (agent.activity, list(agent.assignments)) == (ACTIVITY_BUSY, [name])
    assert (await bank.get_contact()).state == CONTACT_STATE_ACTIVE


async def test_setting_what_is_set_changes_nothing(api: Api, bank: Bank) -> None:
    before = await bank.agent()
    assert (await api.agents.SetAgentState(state(bank, PRESENCE_AVAILABLE))).agent == before


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.agent()
    request, other = state(bank, PRESENCE_NOT_READY, "lunch"), state(bank, PRESENCE_NOT_READY, "coffee")
    await api.repeated(api.agents.SetAgentState, request, other)


async def test_an_agent_that_does_not_exist(api: Api, bank: Bank) -> None:
    refused = await api.refused("RESOURCE_NOT_FOUND", api.agents.SetAgentState, state(bank, PRESENCE_OFFLINE))
    assert refused.metadata == {"name": bank.agent_name()}


async def test_bad_input(api: Api, bank: Bank) -> None:
    await bank.agent()
    for presence, reason, field in (
        (PRESENCE_UNSPECIFIED, "", "presence"),
        (PRESENCE_NOT_READY, "", "reason"),
        (PRESENCE_NOT_READY, "a\0b", "reason"),
        (PRESENCE_AVAILABLE, "why", "reason"),
    ):
        refused = await api.refused("INVALID_FIELD", api.agents.SetAgentState, state(bank, presence, reason))
        assert refused.fields == [field]


async def test_after_the_work_in_hand(api: Api, bank: Bank) -> None:
    name = await bank.active()
    request = SetAgentStateRequest(name=bank.agent_name(), presence=PRESENCE_NOT_READY, reason="lunch", after_work=True)
    agent = (await api.agents.SetAgentState(request)).agent
    assert (agent.presence, agent.draining, agent.next_presence) == (PRESENCE_AVAILABLE, True, PRESENCE_NOT_READY)
    await api.contacts.CompleteContact(CompleteContactRequest(name=name))
    agent = await bank.get_agent()
    assert (agent.presence, agent.presence_reason, agent.draining) == (PRESENCE_NOT_READY, "lunch", False)


async def test_a_reason_that_the_center_does_not_have(api: Api, bank: Bank) -> None:
    await bank.agent()
    policy = CenterPolicy(not_ready_reasons=["lunch", "training"])
    await api.centers.UpdateCenter(UpdateCenterRequest(center=Center(name=bank.name, policy=policy)))
    assert list((await bank.get()).policy.not_ready_reasons) == ["lunch", "training"]
    request = SetAgentStateRequest(name=bank.agent_name(), presence=PRESENCE_NOT_READY, reason="nap")
    refused = await api.refused("UNKNOWN_REASON", api.agents.SetAgentState, request)
    assert refused.metadata == {"name": bank.name}
    assert (await bank.set_state(PRESENCE_NOT_READY, "lunch")).presence_reason == "lunch"
