from acd.v1.contact_pb2 import CONTACT_STATE_WRAP_UP
from acd.v1.contact_service_pb2 import ExtendWrapUpRequest, FinishWrapUpRequest
from tests.api.harness import Api, Bank
from tests.api.violations import span


def extend(name: str, seconds: float = 60) -> ExtendWrapUpRequest:
    return ExtendWrapUpRequest(name=name, remaining=span(seconds))


async def test_notes_take_longer(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=30, wrap_up_limit=300)
    name = await bank.completed()
    reply = await api.contacts.ExtendWrapUp(extend(name))
    assert (reply.contact.state, reply.assignment.name) == (CONTACT_STATE_WRAP_UP, name)
    length = reply.assignment.deadline.ToNanoseconds() - reply.assignment.service_end_time.ToNanoseconds()
    assert 60e9 <= length < 90e9
    assert reply.contact == await bank.get_contact()
    await api.contacts.FinishWrapUp(FinishWrapUpRequest(name=name))


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=30)
    name = await bank.completed()
    await api.repeated(api.contacts.ExtendWrapUp, extend(name), extend(name, 61))


async def test_the_limit(api: Api, bank: Bank) -> None:
    await bank.policy(wrap_up_time=30, wrap_up_limit=30)
    name = await bank.completed()
    refused = await api.refused("LIMIT_EXCEEDED", api.contacts.ExtendWrapUp, extend(name))
    assert refused.metadata == {"name": name, "limit": "30s"}


async def test_refusals(api: Api, bank: Bank) -> None:
    name = await bank.active()
    refused = await api.refused("WRONG_STATE", api.contacts.ExtendWrapUp, extend(name))
    assert refused.metadata == {"name": name, "state": "ACTIVE"}
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.ExtendWrapUp, extend(bank.assignment_name(1, "c9")))
    for seconds in (0, 30 * 86_400 + 1):
        refused = await api.refused("INVALID_FIELD", api.contacts.ExtendWrapUp, extend("x", seconds))
        assert refused.fields == ["name", "remaining"]
