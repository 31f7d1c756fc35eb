"""Relaxation steps through the API: what is refused, and what a contact says of them."""

import pytest

from acd.v1.agent_pb2 import PRESENCE_OFFLINE
from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact, RelaxationStep, SkillRequirement
from acd.v1.contact_service_pb2 import EnqueueContactRequest, GetContactRequest
from acd_server.validation.contacts import validate_enqueue_contact
from tests.api.harness import Api, Bank
from tests.api.violations import invalid, span

STEPS = "contact.relaxation_steps"


def needs(**skills: int) -> list[SkillRequirement]:
    return [SkillRequirement(skill_id=skill, min_level=level) for skill, level in skills.items()]


def request(*steps: RelaxationStep, parent: str = "centers/bank") -> EnqueueContactRequest:
    """A contact for billing 8 and cards 2."""
    contact = Contact(channel=CHANNEL_VOICE, required_skills=needs(billing=8, cards=2), relaxation_steps=steps)
    return EnqueueContactRequest(parent=parent, contact_id="c1", contact=contact)


def step(after: float = 1, **skills: int) -> RelaxationStep:
    return RelaxationStep(after=span(after), required_skills=needs(**skills))


def test_steps_are_read() -> None:
    asked = validate_enqueue_contact(request(step(0.01, billing=8), step(86_400 * 30, billing=0), step()))
    assert asked.relaxation == [(10_000, {"billing": 8}), (86_400 * 30 * 1_000_000, {"billing": 1}), (1_000_000, {})]


@pytest.mark.parametrize(
    ("steps", "fields"),
    [
        ([RelaxationStep(required_skills=needs(billing=8))], [f"{STEPS}[0].after"]),
        ([step(0.009, billing=8)], [f"{STEPS}[0].after"]),
        ([step(86_400 * 31, billing=8)], [f"{STEPS}[0].after"]),
        ([step(billing=8, cards=2)], [f"{STEPS}[0].required_skills"]),
        ([step(billing=9)], [f"{STEPS}[0].required_skills[0].min_level"]),
        ([step(billing=8), step(cards=2)], [f"{STEPS}[1].required_skills[0].skill_id"]),
        ([step(billing=7), step(billing=8)], [f"{STEPS}[1].required_skills[0].min_level"]),
        ([step(billing=7, English=1)], [f"{STEPS}[0].required_skills[1].skill_id"] * 2),
        ([step(billing=11)], [f"{STEPS}[0].required_skills[0].min_level"]),
        ([step(billing=8), step(), step()], [f"{STEPS}[2].required_skills"]),
        ([step()] * 11, [STEPS]),
    ],
)
def test_what_is_not_weaker_is_refused(steps: list[RelaxationStep], fields: list[str]) -> None:
    assert invalid(validate_enqueue_contact, request(*steps)) == fields


def test_ten_steps_are_allowed() -> None:
    levels = (step(billing=level) for level in range(8, 0, -1))
    asked = validate_enqueue_contact(request(step(billing=8, cards=1), *levels, step()))
    assert len(asked.relaxation) == 10


async def test_a_refused_contact_changes_nothing(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    refused = await api.refused(
        "INVALID_FIELD", api.contacts.EnqueueContact, request(step(billing=9), parent=bank.name)
    )
    assert refused.fields == [f"{STEPS}[0].required_skills[0].min_level"]
    get = GetContactRequest(name=bank.contact_name("c1"))
    await api.refused("RESOURCE_NOT_FOUND", api.contacts.GetContact, get)


async def test_what_a_contact_says(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    await bank.agent(billing=9, cards=9)
    steps = [step(60, billing=8), step(60)]
    asked = request(*steps, parent=bank.name)
    contact = (await api.contacts.EnqueueContact(asked)).contact
    assert list(contact.relaxation_steps) == steps
    assert (contact.relaxation_step, contact.current_skills) == (0, contact.required_skills)
    waited = contact.next_relaxation_time.ToMicroseconds() - contact.enqueue_time.ToMicroseconds()
    assert waited == 60_000_000
    await bank.set_state(PRESENCE_OFFLINE)
    await bank.fire()
    contact = await bank.get_contact()
    assert (contact.relaxation_step, list(contact.current_skills)) == (2, [])
    assert (len(contact.required_skills), contact.HasField("next_relaxation_time")) == (2, False)


async def test_input_of_what_is_output_is_ignored(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    await bank.agent(billing=9, cards=9)
    asked = request(parent=bank.name)
    asked.contact.relaxation_step = 7
    asked.contact.current_skills.add(skill_id="nonsense")
    contact = (await api.contacts.EnqueueContact(asked)).contact
    assert (contact.relaxation_step, contact.current_skills) == (0, contact.required_skills)
