from acd.v1.contact_pb2 import CONTACT_STATE_COMPLETED
from acd.v1.contact_service_pb2 import GetContactRequest
from tests.api.harness import Api, Bank, refusal
from tests.support.wait import wait_until


async def test_an_ended_contact_stays_readable_for_the_retention(bank: Bank) -> None:
    await bank.completed()
    assert (await bank.get_contact()).state == CONTACT_STATE_COMPLETED
    await bank.fire()
    assert (await bank.get_contact()).state == CONTACT_STATE_COMPLETED


async def test_after_the_retention_it_is_gone(api: Api, bank: Bank) -> None:
    await bank.policy(retention=0.01)
    await bank.completed()
    await wait_until(bank.fire, "the retention ends")
    name = bank.contact_name()
    refused = await api.refused("RESOURCE_NOT_FOUND", api.contacts.GetContact, GetContactRequest(name=name))
    assert refused.metadata == {"name": name}


async def test_a_contact_of_another_center(api: Api, bank: Bank) -> None:
    await bank.contact()
    request = GetContactRequest(name="centers/nowhere/contacts/c1")
    assert (await refusal(api.contacts.GetContact(request))).reason == "RESOURCE_NOT_FOUND"


async def test_ids_that_phone_systems_have(bank: Bank) -> None:
    for contact in ("a84b4c76e66710@pc33.atlanta.com", "CA0123456789abcdef", "3f-7._x+1", "A" * 128):
        assert (await bank.contact(contact)).name == bank.contact_name(contact)
        assert (await bank.get_contact(contact)).name == bank.contact_name(contact)


async def test_bad_input(api: Api, bank: Bank) -> None:
    for name in ("", "c1", bank.name, bank.agent_name(), bank.contact_name("*"), bank.assignment_name(1)):
        refused = await api.refused("INVALID_FIELD", api.contacts.GetContact, GetContactRequest(name=name))
        assert refused.fields == ["name"]
