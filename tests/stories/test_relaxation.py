"""Relaxation steps: the longer a caller waits, the less is required of who takes the call; the place in line stays."""

from collections.abc import Sequence

import pytest

from acd.v1 import agent_pb2, contact_pb2, explanation_pb2
from acd_client.errors import InvalidRequest
from tests.stories.conftest import Bank, seconds

Step = tuple[float, dict[str, int]]


def needs(skills: dict[str, int]) -> list[contact_pb2.SkillRequirement]:
    return [contact_pb2.SkillRequirement(skill_id=skill, min_level=level) for skill, level in skills.items()]


async def call(bank: Bank, contact: str, steps: Sequence[Step], **skills: int) -> contact_pb2.Contact:
    """A customer calls, and needs less after each step."""
    body = contact_pb2.Contact(
        channel=contact_pb2.CHANNEL_VOICE,
        required_skills=needs(skills),
        relaxation_steps=[
            contact_pb2.RelaxationStep(after=seconds(after), required_skills=needs(less)) for after, less in steps
        ],
    )
    response = await bank.client.contacts.enqueue_contact(parent=bank.name, contact_id=contact, contact=body)
    return response.contact


async def away(bank: Bank, agent: str, **skills: int) -> None:
    """Signed in, and not ready for a call."""
    await bank.agent(agent, **skills)
    await bank.set_state(agent, agent_pb2.PRESENCE_NOT_READY, "lunch")


async def test_ten_steps(bank: Bank) -> None:
    """The expert is at lunch. Ten steps later anybody would do, and the caller is still before who came after.

    Steps that would ask for more are refused: nothing is made stricter by waiting.
    """
    with pytest.raises(InvalidRequest) as caught:
        await call(bank, "call-1", [(1, {"loans": 5}), (1, {"loans": 6})], loans=8)
    assert "contact.relaxation_steps[1].required_skills[0].min_level" in str(caught.value)
    await away(bank, "expert", loans=10)
    await away(bank, "novice")
    steps: list[Step] = [(0.1, {"loans": level}) for level in range(9, 0, -1)]
    asked = await call(bank, "call-1", [*steps, (0.1, {})], loans=10)
    await bank.call("call-2")
    for number in range(1, 11):
        event = await bank.happened("CONTACT_RELAXED", "call-1", nth=number)
        held = [(item.skill_id, item.min_level) for item in event.contact.current_skills]
        assert (event.contact.relaxation_step, held) == (number, [("loans", 10 - number)] if number < 10 else [])
        assert (event.contact.rank, event.contact.required_skills[0].min_level) == (asked.rank, 10)
    assert not event.contact.HasField("next_relaxation_time")
    await bank.set_state("novice", agent_pb2.PRESENCE_AVAILABLE)
    assert (await bank.offered("call-1"))[0] == "novice"
    assert await bank.state("call-2") == "QUEUED"


async def test_what_nobody_could_do_is_skipped(bank: Bank) -> None:
    """Bob, who knows a little of loans, is the only one there: the call is his at once, not after two minutes."""
    await bank.agent("bob", loans=2)
    found = await call(bank, "call-1", [(60, {"loans": 5}), (60, {"loans": 1}), (60, {})], loans=8)
    assert (found.relaxation_step, found.current_skills[0].min_level) == (2, 1)
    assert (await bank.offered("call-1"))[0] == "bob"


async def test_the_last_expert_goes_home(bank: Bank) -> None:
    """Two wait for the expert and know why; she signs out, and they go on to who is there."""
    await away(bank, "expert", loans=9)
    await away(bank, "bob", loans=3)
    for contact in ("call-1", "call-2"):
        await call(bank, contact, [(600, {"loans": 3})], loans=8)
    why = await bank.client.centers.explain_routing(name=bank.name, contact=f"{bank.name}/contacts/call-1")
    assert (why.contact.relaxation_step, why.contact.relaxation_step_count) == (0, 1)
    assert why.contact.next_deadline == explanation_pb2.CONTACT_DEADLINE_RELAXATION
    await bank.set_state("expert", agent_pb2.PRESENCE_OFFLINE)
    for contact in ("call-1", "call-2"):
        assert (await bank.happened("CONTACT_RELAXED", contact)).contact.relaxation_step == 1
    await bank.set_state("bob", agent_pb2.PRESENCE_AVAILABLE)
    assert (await bank.offered("call-1"))[0] == "bob"
