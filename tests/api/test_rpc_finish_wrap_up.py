import pytest

from acd.v1.contact_pb2 import ASSIGNMENT_STATE_COMPLETED, CONTACT_STATE_COMPLETED, OUTCOME_SERVED
from acd.v1.contact_service_pb2 import FinishWrapUpRequest, RequeueContactRequest
from tests.api.harness import Api, Bank


def finish(name: str) -> FinishWrapUpRequest:
    return FinishWrapUpRequest(name=name)


@pytest.fixture
async def wrapping(bank: Bank) -> Bank:
    await bank.policy(wrap_up_time=60)
    return bank


async def test_the_contact_is_done_and_the_agent_free(api: Api, wrapping: Bank) -> None:
    name = await wrapping.completed()
    reply = await api.contacts.FinishWrapUp(finish(name))
    assert (reply.contact.state, reply.assignment.state) == (CONTACT_STATE_COMPLETED, ASSIGNMENT_STATE_COMPLETED)
    assert reply.assignment.outcome == OUTCOME_SERVED
    assert reply.contact == await wrapping.get_contact()
    assert (await wrapping.get_agent()).idle_time == reply.assignment.end_time
    await wrapping.contact("next")
    assert len(await wrapping.match()) == 1


async def test_wrap_up_after_a_transfer(api: Api, wrapping: Bank) -> None:
    name = await wrapping.active()
    await api.contacts.RequeueContact(RequeueContactRequest(name=name))
    await wrapping.agent("bob")
    (newest,) = await wrapping.match()
    reply = await api.contacts.FinishWrapUp(finish(name))
    assert reply.assignment.name == name
    assert reply.contact.assignment.name == newest.name
    assert list((await wrapping.get_agent()).assignments) == []


async def test_finishing_again_is_no_mistake(api: Api, wrapping: Bank) -> None:
    name = await wrapping.completed()
    first = await api.contacts.FinishWrapUp(finish(name))
    assert await api.contacts.FinishWrapUp(finish(name)) == first


async def test_repeating(api: Api, wrapping: Bank) -> None:
    name = await wrapping.completed()
    other = await wrapping.completed("c2", "bob")
    await api.repeated(api.contacts.FinishWrapUp, finish(name), finish(other))


async def test_a_contact_in_service(api: Api, wrapping: Bank) -> None:
    name = await wrapping.active()
    refused = await api.refused("WRONG_STATE", api.contacts.FinishWrapUp, finish(name))
    assert refused.metadata == {"name": name, "state": "ACTIVE"}


async def test_an_offer_that_was_taken_back(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    await api.contacts.RequeueContact(RequeueContactRequest(name=name))
    refused = await api.refused("STALE_ASSIGNMENT", api.contacts.FinishWrapUp, finish(name))
    assert refused.metadata == {"name": name, "state": "REVOKED"}


async def test_a_contact_that_does_not_exist(api: Api, bank: Bank) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.FinishWrapUp, finish(bank.assignment_name(1)))


async def test_bad_input(api: Api) -> None:
    refused = await api.refused("INVALID_FIELD", api.contacts.FinishWrapUp, finish(""))
    assert refused.fields == ["name"]
