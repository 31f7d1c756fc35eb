from acd.v1.contact_service_pb2 import GetQueuePositionRequest, GetQueuePositionResponse
from tests.api.harness import Api, Bank


async def position(bank: Bank, contact: str) -> GetQueuePositionResponse:
    request = GetQueuePositionRequest(name=bank.contact_name(contact))
    return await bank.api.contacts.GetQueuePosition(request)


async def test_places_in_rank_order(bank: Bank) -> None:
    await bank.skill("billing")
    await bank.contact("first")
    await bank.contact("second", billing=1)
    third = await bank.contact("third")
    await bank.contact("urgent", priority=1)
    places = {}
    for contact in ("urgent", "first", "second", "third"):
        found = await position(bank, contact)
        places[contact] = (found.position, found.class_position, found.waiting_count)
    assert places == {"urgent": (1, 1, 4), "first": (2, 2, 4), "second": (3, 1, 4), "third": (4, 3, 4)}
    assert (await position(bank, "third")).enqueue_time == third.enqueue_time


async def test_a_contact_that_does_not_wait(api: Api, bank: Bank) -> None:
    await bank.offered("held")
    request = GetQueuePositionRequest(name=bank.contact_name("held"))
    refused = await api.refused("WRONG_STATE", api.contacts.GetQueuePosition, request)
    assert refused.metadata == {"name": bank.contact_name("held"), "state": "OFFERED"}


async def test_a_contact_that_does_not_exist(api: Api, bank: Bank) -> None:
    request = GetQueuePositionRequest(name=bank.contact_name())
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.GetQueuePosition, request)


async def test_bad_input(api: Api) -> None:
    request = GetQueuePositionRequest(name="c1")
    refused = await api.refused("INVALID_FIELD", api.contacts.GetQueuePosition, request)
    assert refused.fields == ["name"]
