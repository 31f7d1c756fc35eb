from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_COMPLETED,
    ASSIGNMENT_STATE_WRAP_UP,
    CONTACT_STATE_COMPLETED,
    CONTACT_STATE_WRAP_UP,
    OUTCOME_SERVED,
)
from acd.v1.contact_service_pb2 import CompleteContactRequest, RequeueContactRequest
from tests.api.harness import Api, Bank
from tests.support.wait import wait_until


def complete(name: str) -> CompleteContactRequest:
    return CompleteContactRequest(name=name)


async def test_without_wrap_up_the_contact_is_done(api: Api, bank: Bank) -> None:
    name = await bank.active()
    before = await bank.get_agent()
    reply = await api.contacts.CompleteContact(complete(name))
    assert (reply.contact.state, reply.assignment.state) == (CONTACT_STATE_COMPLETED, ASSIGNMENT_STATE_COMPLETED)
    assert reply.assignment.outcome == OUTCOME_SERVED
    assert reply.contact.end_time == reply.assignment.end_time
    assert reply.contact == await bank.get_contact()
    agent = await bank.get_agent()
    assert list(agent.assignments) == []
    assert agent.idle_time.ToNanoseconds() > before.idle_time.ToNanoseconds()


async def test_with_wrap_up_the_agent_is_held(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=60)
    name = await bank.active()
    reply = await api.contacts.CompleteContact(complete(name))
    assert (reply.contact.state, reply.assignment.state) == (CONTACT_STATE_WRAP_UP, ASSIGNMENT_STATE_WRAP_UP)
    assert reply.assignment.deadline.seconds - reply.assignment.service_end_time.seconds == 60
    assert not reply.contact.HasField("end_time")
    await bank.contact("next")
    assert await bank.match() == []


async def test_wrap_up_ends_by_itself(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=0.01)
    name = await bank.active()
    await api.contacts.CompleteContact(complete(name))
    await wait_until(bank.fire, "wrap-up ends")
    assert (await bank.get_contact()).state == CONTACT_STATE_COMPLETED


async def test_completing_again_is_no_mistake(api: Api, bank: Bank) -> None:
    name = await bank.active()
    first = await api.contacts.CompleteContact(complete(name))
    assert await api.contacts.CompleteContact(complete(name)) == first


async def test_repeating(api: Api, bank: Bank) -> None:
    name = await bank.active()
    other = await bank.active("c2", "bob")
    await api.repeated(api.contacts.CompleteContact, complete(name), complete(other))


async def test_an_offer_that_nobody_took(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    refused = await api.refused("WRONG_STATE", api.contacts.CompleteContact, complete(name))
    assert refused.metadata == {"name": name, "state": "OFFERED"}


async def test_a_contact_that_was_sent_back(api: Api, bank: Bank) -> None:
    name = await bank.active()
    await api.contacts.RequeueContact(RequeueContactRequest(name=name))
    refused = await api.refused("STALE_ASSIGNMENT", api.contacts.CompleteContact, complete(name))
    assert refused.metadata == {"name": name, "state": "TRANSFERRED"}


async def test_a_contact_that_does_not_exist(api: Api, bank: Bank) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.CompleteContact, complete(bank.assignment_name(1)))


async def test_bad_input(api: Api, bank: Bank) -> None:
    request = complete(bank.contact_name() + "/assignments/01")
    refused = await api.refused("INVALID_FIELD", api.contacts.CompleteContact, request)
    assert refused.fields == ["name"]
