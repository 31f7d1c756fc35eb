from acd.v1.contact_pb2 import ASSIGNMENT_STATE_DECLINED, CONTACT_STATE_QUEUED
from acd.v1.contact_service_pb2 import AcceptAssignmentRequest, DeclineAssignmentRequest
from tests.api.harness import Api, Bank
from tests.api.violations import span
from tests.support.wait import wait_until


def decline(name: str) -> DeclineAssignmentRequest:
    return DeclineAssignmentRequest(name=name)


async def test_the_contact_goes_back_to_its_place(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    await bank.contact("younger")
    reply = await api.contacts.DeclineAssignment(decline(name))
    assert (reply.contact.state, reply.assignment.state) == (CONTACT_STATE_QUEUED, ASSIGNMENT_STATE_DECLINED)
    assert (reply.assignment.name, reply.contact.offer_count) == (name, 1)
    assert reply.assignment.HasField("end_time")
    assert reply.contact == await bank.get_contact()
    await bank.agent("bob")
    # The one who declined takes the next; the contact declined is the other's, in its old place.
    offers = {each.agent: each.name for each in await bank.match()}
    assert offers == {
        bank.agent_name("ada"): bank.assignment_name(1, "younger"),
        bank.agent_name("bob"): bank.assignment_name(2),
    }


async def test_declining_sets_the_idle_time(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    before = await bank.get_agent()
    await api.contacts.DeclineAssignment(decline(name))
    assert (await bank.get_agent()).idle_time.ToNanoseconds() > before.idle_time.ToNanoseconds()


async def test_who_declined_is_not_asked_again_for_a_while(api: Api, bank: Bank) -> None:
    await bank.policy(retry_delay=0.3)
    name = await bank.offered()
    await api.contacts.DeclineAssignment(decline(name))
    assert await bank.match() == []

    async def offered_again() -> bool:
        await bank.fire()
        return bool(await bank.match())

    await wait_until(offered_again, "the bar ends")
    assert (await bank.get_contact()).assignment.name == bank.assignment_name(2)


async def test_without_a_retry_delay_at_once(api: Api, bank: Bank) -> None:
    await bank.policy(retry_delay=0)
    name = await bank.offered()
    await api.contacts.DeclineAssignment(decline(name))
    assert [each.name for each in await bank.match()] == [bank.assignment_name(2)]


async def test_the_agent_says_when_to_ask_again(api: Api, bank: Bank) -> None:
    await bank.policy(retry_delay=3600)
    name = await bank.offered()
    reply = await api.contacts.DeclineAssignment(DeclineAssignmentRequest(name=name, retry_after=span(60)))
    delay = reply.assignment.retry_time.ToNanoseconds() - reply.assignment.end_time.ToNanoseconds()
    assert delay == 60_000_000_000
    assert await bank.match() == []
    await bank.agent("bob")
    (other,) = await bank.match()
    again = await api.contacts.DeclineAssignment(DeclineAssignmentRequest(name=other.name, retry_after=span(0)))
    assert not again.assignment.HasField("retry_time")
    assert [each.agent for each in await bank.match()] == [bank.agent_name("bob")]


async def test_declining_again_is_no_mistake(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    first = await api.contacts.DeclineAssignment(decline(name))
    assert await api.contacts.DeclineAssignment(decline(name)) == first


async def test_repeating(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    other = await bank.offered("c2", "bob")
    await api.repeated(api.contacts.DeclineAssignment, decline(name), decline(other))


async def test_a_contact_in_service(api: Api, bank: Bank) -> None:
    name = await bank.active()
    refused = await api.refused("WRONG_STATE", api.contacts.DeclineAssignment, decline(name))
    assert refused.metadata == {"name": name, "state": "ACTIVE"}


async def test_a_stale_assignment(api: Api, bank: Bank) -> None:
    await bank.policy(offer_timeout=0.01)
    name = await bank.offered()
    await wait_until(bank.fire, "the offer runs out")
    refused = await api.refused("STALE_ASSIGNMENT", api.contacts.DeclineAssignment, decline(name))
    assert refused.metadata["name"] == name
    # REVOKED if this machine was more than a second late.
    assert refused.metadata["state"] in ("MISSED", "REVOKED")


async def test_a_contact_that_does_not_exist(api: Api, bank: Bank) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.DeclineAssignment, decline(bank.assignment_name(1)))


async def test_bad_input(api: Api, bank: Bank) -> None:
    name = await bank.offered()
    request = DeclineAssignmentRequest(name="x", retry_after=span(-1))
    refused = await api.refused("INVALID_FIELD", api.contacts.DeclineAssignment, request)
    assert refused.fields == ["name", "retry_after"]
    request = DeclineAssignmentRequest(name=name, retry_after=span(86_401))
    refused = await api.refused("INVALID_FIELD", api.contacts.DeclineAssignment, request)
    assert refused.fields == ["retry_after"]
    await api.contacts.AcceptAssignment(AcceptAssignmentRequest(name=name))
