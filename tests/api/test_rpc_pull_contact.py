from acd.v1.agent_service_pb2 import PullContactRequest
from acd.v1.contact_pb2 import CONTACT_STATE_ACTIVE
from tests.api.harness import Api, Bank


def pull(bank: Bank, contact: str = "c1", agent: str = "ada") -> PullContactRequest:
    return PullContactRequest(name=bank.agent_name(agent), contact=bank.contact_name(contact))


async def test_an_agent_takes_a_contact(api: Api, bank: Bank) -> None:
    await bank.contact("first")
    await bank.contact()
    await bank.agent()
    reply = await api.agents.PullContact(pull(bank))
    assert (reply.contact.state, reply.assignment.pulled) == (CONTACT_STATE_ACTIVE, True)
    assert reply.assignment.name == bank.assignment_name(1)
    assert reply.contact == await bank.get_contact()
    assert await bank.match() == []


async def test_repeating(api: Api, bank: Bank) -> None:
    await bank.contact()
    await bank.agent()
    await api.repeated(api.agents.PullContact, pull(bank), pull(bank, "c2"))


async def test_refusals(api: Api, bank: Bank) -> None:
    verb = api.agents.PullContact
    await bank.agent(available=False)
    await api.refused("RESOURCE_NOT_FOUND", verb, pull(bank))
    await bank.contact()
    refused = await api.refused("NOT_ELIGIBLE", verb, pull(bank))
    assert refused.metadata == {"name": bank.agent_name(), "cause": "NOT_AVAILABLE"}
    request = PullContactRequest(name=bank.agent_name(), contact="centers/other/contacts/c1")
    assert (await api.refused("INVALID_FIELD", verb, request)).fields == ["contact"]
    assert (await api.refused("INVALID_FIELD", verb, PullContactRequest())).fields == ["name", "contact"]
