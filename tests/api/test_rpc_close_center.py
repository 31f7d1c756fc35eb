from acd.v1.center_pb2 import CENTER_STATE_CLOSED, WAITING_ACTION_EXPIRE, WAITING_ACTION_KEEP
from acd.v1.center_service_pb2 import CloseCenterRequest
from acd.v1.contact_pb2 import (
    CONTACT_STATE_ACTIVE,
    CONTACT_STATE_EXPIRED,
    CONTACT_STATE_OFFERED,
    CONTACT_STATE_QUEUED,
    END_REASON_CENTER_CLOSED,
)
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, DeclineAssignmentRequest, EnqueueContactRequest
from tests.api.harness import Api, Bank
from tests.api.violations import message


async def test_a_closed_center_matches_nothing_and_keeps_who_waits(api: Api, bank: Bank) -> None:
    await bank.agent()
    await bank.contact()
    center = (await api.centers.CloseCenter(CloseCenterRequest(name=bank.name))).center
    assert center.state == CENTER_STATE_CLOSED
    assert center == await bank.get()
    assert await bank.match() == []
    assert (await bank.get_contact()).state == CONTACT_STATE_QUEUED


async def test_who_waits_can_be_sent_away(api: Api, bank: Bank) -> None:
    await bank.offered("held")
    for contact in ("c1", "c2"):
        await bank.contact(contact)
    await api.centers.CloseCenter(CloseCenterRequest(name=bank.name, waiting=WAITING_ACTION_EXPIRE))
    await bank.fire()
    for contact in ("c1", "c2"):
        ended = await bank.get_contact(contact)
        assert (ended.state, ended.end_reason) == (CONTACT_STATE_EXPIRED, END_REASON_CENTER_CLOSED)
    assert (await bank.get_contact("held")).state == CONTACT_STATE_OFFERED


async def test_an_open_offer_can_still_be_answered(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    await bank.close()
    reply = await api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=name))
    assert reply.contact.state == CONTACT_STATE_ACTIVE


async def test_a_declined_offer_waits_for_the_opening(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    await bank.close()
    await api.contacts.DeclineAssignment(DeclineAssignmentRequest(name=name))
    assert (await bank.get_contact()).state == CONTACT_STATE_QUEUED


async def test_a_closed_center_takes_no_contact(api: Api, bank: Bank) -> None:
    await bank.close()
    request = message(EnqueueContactRequest, parent=bank.name, contact_id="c1", contact={"channel": 1})
    refused = await api.refused("CENTER_CLOSED", api.contacts.EnqueueContact, request)
    assert refused.metadata == {"name": bank.name}


async def test_closing_a_closed_center_changes_nothing(api: Api, bank: Bank) -> None:
    await bank.close()
    before = await bank.get()
    assert (await api.centers.CloseCenter(CloseCenterRequest(name=bank.name))).center == before


async def test_repeating(api: Api, bank: Bank) -> None:
    request = CloseCenterRequest(name=bank.name, waiting=WAITING_ACTION_KEEP)
    other = CloseCenterRequest(name=bank.name, waiting=WAITING_ACTION_EXPIRE)
    await api.repeated(api.centers.CloseCenter, request, other)


async def test_a_center_that_does_not_exist(api: Api) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.centers.CloseCenter, CloseCenterRequest(name="centers/nowhere"))


async def test_bad_input(api: Api, bank: Bank) -> None:
    request = message(CloseCenterRequest, name=bank.name, waiting=9)
    refused = await api.refused("INVALID_FIELD", api.centers.CloseCenter, request)
    assert refused.fields == ["waiting"]
