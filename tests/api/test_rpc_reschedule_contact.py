from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.contact_pb2 import (
    CHANNEL_CALLBACK,
    CONTACT_STATE_EXPIRED,
    CONTACT_STATE_QUEUED,
    CONTACT_STATE_SCHEDULED,
    END_REASON_MAX_ATTEMPTS,
    OUTCOME_NOT_REACHED,
    Contact,
)
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, EnqueueContactRequest, RescheduleContactRequest
from tests.api.harness import Api, Bank
from tests.api.violations import span
from tests.support.wait import wait_until


async def callback(bank: Bank, contact: str = "c1", **fields: object) -> Contact:
    body = Contact(channel=CHANNEL_CALLBACK, **fields)  # type: ignore[arg-type]  # fields of a contact
    request = EnqueueContactRequest(parent=bank.name, contact_id=contact, contact=body)
    return (await bank.api.contacts.EnqueueContact(request)).contact


async def active(bank: Bank, contact: str = "c1", agent: str = "ada", **fields: object) -> str:
    await bank.agent(agent)
    await callback(bank, contact, **fields)
    (assignment,) = await bank.match()
    await bank.api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=assignment.name))
    return assignment.name


async def test_a_call_back_at_a_time(bank: Bank) -> None:
    later = Timestamp(seconds=(await bank.get()).create_time.seconds + 3600)
    found = await callback(bank, schedule_time=later, schedule_window=span(60), max_attempts=3)
    assert (found.state, found.schedule_time, found.max_attempts) == (CONTACT_STATE_SCHEDULED, later, 3)
    assert found == await bank.get_contact()
    now = await callback(bank, "now", schedule_time=Timestamp(seconds=1))
    assert now.state == CONTACT_STATE_QUEUED


async def test_too_far_ahead(api: Api, bank: Bank) -> None:
    later = Timestamp(seconds=(await bank.get()).create_time.seconds + 31 * 86_400)
    body = Contact(channel=CHANNEL_CALLBACK, schedule_time=later)
    request = EnqueueContactRequest(parent=bank.name, contact_id="c1", contact=body)
    await api.refused("LIMIT_EXCEEDED", api.contacts.EnqueueContact, request)


async def test_not_reached(api: Api, bank: Bank) -> None:
    name = await active(bank, max_attempts=2, attempt_delay=span(0.01))
    reply = await api.contacts.RescheduleContact(RescheduleContactRequest(name=name))
    assert (reply.contact.state, reply.contact.attempt_count) == (CONTACT_STATE_SCHEDULED, 1)
    assert reply.assignment.outcome == OUTCOME_NOT_REACHED
    await wait_until(bank.fire, "the time of the second attempt comes")
    (again,) = await bank.match()
    await api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=again.name))
    reply = await api.contacts.RescheduleContact(RescheduleContactRequest(name=again.name))
    assert (reply.contact.state, reply.contact.end_reason) == (CONTACT_STATE_EXPIRED, END_REASON_MAX_ATTEMPTS)


async def test_repeating(api: Api, bank: Bank) -> None:
    name = await active(bank, max_attempts=2)
    other = await active(bank, "c2", "bob", max_attempts=2)
    request = RescheduleContactRequest(name=name, delay=span(60))
    await api.repeated(api.contacts.RescheduleContact, request, RescheduleContactRequest(name=other))


async def test_refusals(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    verb = api.contacts.RescheduleContact
    refused = await api.refused("WRONG_STATE", verb, RescheduleContactRequest(name=name))
    assert refused.metadata == {"name": name, "state": "OFFERED"}
    await api.refused("RESOURCE_NOT_FOUND", verb, RescheduleContactRequest(name=bank.assignment_name(1, "c9")))
    refused = await api.refused("INVALID_FIELD", verb, RescheduleContactRequest(name="x", delay=span(0)))
    assert refused.fields == ["name", "delay"]
