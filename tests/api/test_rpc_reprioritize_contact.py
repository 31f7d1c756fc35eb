from google.protobuf.duration_pb2 import Duration

from acd.v1.contact_service_pb2 import ReprioritizeContactRequest
from tests.api.harness import Api, Bank


def reprioritize(bank: Bank, priority: int, credit: Duration | None = None) -> ReprioritizeContactRequest:
    return ReprioritizeContactRequest(name=bank.contact_name(), priority=priority, credit=credit)


async def test_another_place(api: Api, bank: Bank) -> None:
    before = await bank.contact()
    request = reprioritize(bank, 3, Duration(seconds=7))
    contact = (await api.contacts.ReprioritizeContact(request)).contact
    assert (contact.priority, contact.credit) == (3, Duration(seconds=7))
    assert contact.rank == before.rank - 3 * 10**14 - 7_000_000
    assert contact.enqueue_time == before.enqueue_time
    assert contact == await bank.get_contact()
    kept = (await api.contacts.ReprioritizeContact(reprioritize(bank, 2))).contact
    assert kept.credit == Duration(seconds=7), "what is not given stays"


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.contact()
    await api.repeated(api.contacts.ReprioritizeContact, reprioritize(bank, 3), reprioritize(bank, 4))


async def test_served_already(api: Api, bank: Bank) -> None:
    await bank.active()
    refused = await api.refused("WRONG_STATE", api.contacts.ReprioritizeContact, reprioritize(bank, 3))
    assert refused.metadata == {"name": bank.contact_name(), "state": "ACTIVE"}


async def test_bad_input(api: Api) -> None:
    request = ReprioritizeContactRequest(name="c1", priority=10, credit=Duration(seconds=-1), request_id="1")
    refused = await api.refused("INVALID_FIELD", api.contacts.ReprioritizeContact, request)
    assert refused.fields == ["name", "priority", "credit", "request_id"]
