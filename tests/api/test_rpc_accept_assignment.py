from acd.v1.contact_pb2 import ASSIGNMENT_STATE_ACTIVE, CONTACT_STATE_ACTIVE
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, DeclineAssignmentRequest
from tests.api.harness import Api, Bank


def accept(name: str) -> AcceptAssignmentRequest:
    return AcceptAssignmentRequest(name=name)


async def test_the_agent_serves_the_contact(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    reply = await api.contacts.AcceptAssignment(accept(name))
    assert (reply.contact.state, reply.assignment.state) == (CONTACT_STATE_ACTIVE, ASSIGNMENT_STATE_ACTIVE)
    assert reply.contact.assignment == reply.assignment
    assert (reply.assignment.name, reply.assignment.agent) == (name, bank.agent_name())
    assert reply.assignment.accept_time.ToNanoseconds() > reply.assignment.offer_time.ToNanoseconds()
    assert reply.contact == await bank.get_contact()


async def test_accepting_again_is_no_mistake(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    first = await api.contacts.AcceptAssignment(accept(name))
    assert await api.contacts.AcceptAssignment(accept(name)) == first


async def test_repeating(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    other = await bank.offered("c2", "bob")
    await api.repeated(api.contacts.AcceptAssignment, accept(name), accept(other))


async def test_an_assignment_that_is_over(api: Api, bank: Bank) -> None:
    name = await bank.completed()
    refused = await api.refused("WRONG_STATE", api.contacts.AcceptAssignment, accept(name))
    assert refused.metadata == {"name": name, "state": "COMPLETED"}


async def test_an_assignment_that_was_never_made(api: Api, bank: Bank) -> None:
    await bank.offered()
    name = bank.assignment_name(2)
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.AcceptAssignment, accept(name))


async def test_a_stale_assignment(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    await api.contacts.DeclineAssignment(DeclineAssignmentRequest(name=name))
    refused = await api.refused("STALE_ASSIGNMENT", api.contacts.AcceptAssignment, accept(name))
    assert refused.metadata == {"name": name, "state": "DECLINED"}
    await bank.agent("bob")
    (again,) = await bank.match()
    refused = await api.refused("STALE_ASSIGNMENT", api.contacts.AcceptAssignment, accept(name))
    assert refused.metadata == {"name": name, "state": "DECLINED"}
    await api.contacts.AcceptAssignment(accept(again.name))


async def test_a_contact_that_does_not_exist(api: Api, bank: Bank) -> None:
    request = accept(bank.assignment_name(1))
    refused = await api.refused("RESOURCE_NOT_FOUND", api.contacts.AcceptAssignment, request)
    assert refused.metadata == {"name": bank.contact_name()}


async def test_bad_input(api: Api, bank: Bank) -> None:
    refused = await api.refused("INVALID_FIELD", api.contacts.AcceptAssignment, accept(bank.contact_name()))
    assert refused.fields == ["name"]
