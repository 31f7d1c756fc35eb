import pytest

from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_REVOKED,
    ASSIGNMENT_STATE_TRANSFERRED,
    ASSIGNMENT_STATE_WRAP_UP,
    CONTACT_STATE_QUEUED,
    OUTCOME_TRANSFERRED,
    REVOKE_REASON_REQUEUED,
)
from acd.v1.contact_service_pb2 import (
    AcceptAssignmentRequest,
    DeclineAssignmentRequest,
    GetQueuePositionRequest,
    RequeueContactRequest,
)
from tests.api.harness import Api, Bank


def requeue(name: str) -> RequeueContactRequest:
    return RequeueContactRequest(name=name)


async def test_an_offered_contact(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    before = await bank.get_agent()
    reply = await api.contacts.RequeueContact(requeue(name))
    assert (reply.contact.state, reply.assignment.state) == (CONTACT_STATE_QUEUED, ASSIGNMENT_STATE_REVOKED)
    assert reply.assignment.revoke_reason == REVOKE_REASON_REQUEUED
    assert (await bank.get_agent()).idle_time == before.idle_time
    assert [each.name for each in await bank.match()] == [bank.assignment_name(2)]


async def test_a_contact_in_service_keeps_its_original_place(api: Api, bank: Bank) -> None:
    name = await bank.active()
    enqueued = (await bank.get_contact()).enqueue_time
    await bank.contact("younger")
    reply = await api.contacts.RequeueContact(requeue(name))
    assert (reply.contact.state, reply.assignment.state) == (CONTACT_STATE_QUEUED, ASSIGNMENT_STATE_TRANSFERRED)
    assert reply.assignment.outcome == OUTCOME_TRANSFERRED
    assert reply.contact.enqueue_time == enqueued
    position = await api.contacts.GetQueuePosition(GetQueuePositionRequest(name=bank.contact_name()))
    assert position.position == 1


async def test_after_service_the_agent_wraps_up(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=60)
    name = await bank.active()
    reply = await api.contacts.RequeueContact(requeue(name))
    assert reply.assignment.state == ASSIGNMENT_STATE_WRAP_UP
    assert reply.contact.state == CONTACT_STATE_QUEUED
    assert await bank.match() == []
    assert list((await bank.get_agent()).assignments) == [name]


@pytest.mark.parametrize("accepted", [True, False])
async def test_requeueing_again_is_no_mistake(api: Api, bank: Bank, *, accepted: bool) -> None:
    name = await (bank.active() if accepted else bank.offered())
    first = await api.contacts.RequeueContact(requeue(name))
    assert await api.contacts.RequeueContact(requeue(name)) == first


async def test_an_old_assignment_does_not_take_the_contact_from_a_new_agent(api: Api, bank: Bank) -> None:
    name = await bank.active()
    await api.contacts.RequeueContact(requeue(name))
    (newest,) = await bank.match()
    await api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=newest.name))
    await api.contacts.RequeueContact(requeue(name))
    assert (await bank.get_contact()).assignment.name == newest.name


async def test_repeating(api: Api, bank: Bank) -> None:
    name = await bank.active()
    other = await bank.active("c2", "bob")
    await api.repeated(api.contacts.RequeueContact, requeue(name), requeue(other))


async def test_a_contact_that_is_done(api: Api, bank: Bank) -> None:
    name = await bank.completed()
    refused = await api.refused("WRONG_STATE", api.contacts.RequeueContact, requeue(name))
    assert refused.metadata == {"name": name, "state": "COMPLETED"}


async def test_a_stale_assignment(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    await api.contacts.DeclineAssignment(DeclineAssignmentRequest(name=name))
    refused = await api.refused("STALE_ASSIGNMENT", api.contacts.RequeueContact, requeue(name))
    assert refused.metadata == {"name": name, "state": "DECLINED"}


async def test_an_assignment_too_old_to_be_known(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    newest = name
    for _ in range(20):
        await api.contacts.RequeueContact(requeue(newest))
        (assignment,) = await bank.match()
        newest = assignment.name
    refused = await api.refused("STALE_ASSIGNMENT", api.contacts.RequeueContact, requeue(name))
    assert refused.metadata == {"name": name, "state": ""}


async def test_a_contact_that_does_not_exist(api: Api, bank: Bank) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.RequeueContact, requeue(bank.assignment_name(1)))


async def test_bad_input(api: Api) -> None:
    refused = await api.refused("INVALID_FIELD", api.contacts.RequeueContact, requeue("x"))
    assert refused.fields == ["name"]
