import pytest

from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_REVOKED,
    CONTACT_STATE_ABANDONED,
    END_REASON_CUSTOMER_LEFT,
    REVOKE_REASON_CONTACT_LEFT,
)
from acd.v1.contact_service_pb2 import AbandonContactRequest, CancelContactRequest
from tests.api.harness import Api, Bank


def abandon(bank: Bank, contact: str = "c1") -> AbandonContactRequest:
    return AbandonContactRequest(name=bank.contact_name(contact))


async def test_a_waiting_contact(api: Api, bank: Bank) -> None:
    await bank.contact()
    contact = (await api.contacts.AbandonContact(abandon(bank))).contact
    assert (contact.state, contact.end_reason) == (CONTACT_STATE_ABANDONED, END_REASON_CUSTOMER_LEFT)
    assert contact.HasField("end_time")
    assert contact == await bank.get_contact()
    await bank.agent()
    assert await bank.match() == []


async def test_an_offered_contact_frees_the_agent(api: Api, bank: Bank) -> None:
    await bank.offered()
    before = await bank.get_agent()
    contact = (await api.contacts.AbandonContact(abandon(bank))).contact
    assert contact.state == CONTACT_STATE_ABANDONED
    assert contact.assignment.state == ASSIGNMENT_STATE_REVOKED
    assert contact.assignment.revoke_reason == REVOKE_REASON_CONTACT_LEFT
    agent = await bank.get_agent()
    assert (list(agent.assignments), agent.idle_time) == ([], before.idle_time)
    await bank.contact("next")
    assert len(await bank.match()) == 1


async def test_the_same_verb_again_is_no_mistake(api: Api, bank: Bank) -> None:
    await bank.contact()
    first = await api.contacts.AbandonContact(abandon(bank))
    assert await api.contacts.AbandonContact(abandon(bank)) == first


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.contact()
    await bank.contact("c2")
    await api.repeated(api.contacts.AbandonContact, abandon(bank), abandon(bank, "c2"))


@pytest.mark.parametrize("state", ["ACTIVE", "WRAP_UP", "COMPLETED"])
async def test_a_contact_that_was_served(api: Api, bank: Bank, state: str) -> None:
    if state == "WRAP_UP":
        await bank.policy(wrap_up_time=60)
    await (bank.active() if state == "ACTIVE" else bank.completed())
    refused = await api.refused("WRONG_STATE", api.contacts.AbandonContact, abandon(bank))
    assert refused.metadata == {"name": bank.contact_name(), "state": state}


async def test_a_contact_that_ended_otherwise(api: Api, bank: Bank) -> None:
    await bank.contact()
    await api.contacts.CancelContact(CancelContactRequest(name=bank.contact_name()))
    await api.refused("WRONG_STATE", api.contacts.AbandonContact, abandon(bank))


async def test_a_contact_that_does_not_exist(api: Api, bank: Bank) -> None:
    refused = await api.refused("RESOURCE_NOT_FOUND", api.contacts.AbandonContact, abandon(bank))
    assert refused.metadata == {"name": bank.contact_name()}


async def test_bad_input(api: Api) -> None:
    request = AbandonContactRequest(name="c1", request_id="{}")
    refused = await api.refused("INVALID_FIELD", api.contacts.AbandonContact, request)
    assert refused.fields == ["name", "request_id"]
