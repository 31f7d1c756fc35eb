from acd.v1.agent_pb2 import PRESENCE_NOT_READY
from acd.v1.contact_pb2 import CHANNEL_VOICE, CONTACT_STATE_QUEUED, OUTCOME_TRANSFERRED, Contact, SkillRequirement
from acd.v1.contact_service_pb2 import EnqueueContactRequest, SkillSet, TransferContactRequest
from tests.api.harness import Api, Bank
from tests.api.violations import span


def to_skills(name: str, **skills: int) -> TransferContactRequest:
    wanted = [SkillRequirement(skill_id=skill, min_level=level) for skill, level in skills.items()]
    return TransferContactRequest(name=name, skills=SkillSet(required_skills=wanted))


async def test_to_skills(api: Api, bank: Bank) -> None:
    await bank.skill("billing")
    name = await bank.active()
    reply = await api.contacts.TransferContact(to_skills(name, billing=2))
    assert (reply.contact.state, reply.assignment.outcome) == (CONTACT_STATE_QUEUED, OUTCOME_TRANSFERRED)
    assert [skill.skill_id for skill in reply.contact.required_skills] == ["billing"]
    await bank.agent("bob", billing=2)
    assert [each.name for each in await bank.match()] == [bank.assignment_name(2)]


async def test_to_an_agent(api: Api, bank: Bank) -> None:
    name = await bank.active()
    await bank.agent("eve")
    await bank.agent("bob")
    request = TransferContactRequest(name=name, agent=bank.agent_name("bob"), target_wait=span(5))
    reply = await api.contacts.TransferContact(request)
    assert reply.contact.target_agent == bank.agent_name("bob")
    assert [each.agent for each in await bank.match()] == [bank.agent_name("bob")]


async def test_a_consultation(api: Api, bank: Bank) -> None:
    await bank.active("parent")
    await bank.agent("bob")
    body = Contact(
        channel=CHANNEL_VOICE, parent_contact=bank.contact_name("parent"), target_agent=bank.agent_name("bob")
    )
    request = EnqueueContactRequest(parent=bank.name, contact_id="consult", contact=body)
    found = (await api.contacts.EnqueueContact(request)).contact
    assert (found.parent_contact, found.target_agent) == (body.parent_contact, body.target_agent)
    assert [each.agent for each in await bank.match()] == [bank.agent_name("bob")]
    body.parent_contact = bank.contact_name("absent")
    request = EnqueueContactRequest(parent=bank.name, contact_id="other", contact=body)
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.EnqueueContact, request)


async def test_repeating(api: Api, bank: Bank) -> None:
    name = await bank.active()
    await api.repeated(api.contacts.TransferContact, to_skills(name), to_skills(await bank.active("c2", "bob")))


async def test_refusals(api: Api, bank: Bank) -> None:
    verb = api.contacts.TransferContact
    name = await bank.offered()
    refused = await api.refused("WRONG_STATE", verb, to_skills(name))
    assert refused.metadata == {"name": name, "state": "OFFERED"}
    assert (await api.refused("INVALID_FIELD", verb, TransferContactRequest(name=name))).fields == ["skills"]
    request = TransferContactRequest(name="x", agent="centers/y/agents/z", target_wait=span(0))
    assert (await api.refused("INVALID_FIELD", verb, request)).fields == ["name", "target_wait"]
    request = TransferContactRequest(name=name, agent="centers/other/agents/bob")
    assert (await api.refused("INVALID_FIELD", verb, request)).fields == ["agent"]
    request = TransferContactRequest(name=name, skills=SkillSet(), target_wait=span(1))
    assert (await api.refused("INVALID_FIELD", verb, request)).fields == ["target_wait"]
    await bank.set_state(PRESENCE_NOT_READY, "lunch")
    await api.refused("STALE_ASSIGNMENT", verb, to_skills(name))
