"""Skill levels: who is good enough, in every skill that the call needs."""

import pytest

from acd.v1 import agent_pb2, contact_pb2
from acd_client import AcdApiError
from tests.stories.conftest import Bank


async def test_skill_levels(bank: Bank) -> None:
    """A level too low in one of two skills is not enough; exactly the least level is."""
    await bank.agent("ann", loans=9, english=4)
    await bank.agent("bob", loans=7, english=5)
    await bank.call("call-1", loans=7, english=5)
    assert (await bank.offered("call-1"))[0] == "bob"
    await bank.call("call-2", loans=10)
    await bank.call("call-3", loans=0)
    assert (await bank.offered("call-3"))[0] == "ann"
    assert await bank.state("call-2") == "QUEUED"
    await bank.agent("cid", loans=10)
    assert (await bank.offered("call-2"))[0] == "cid"


async def test_a_level_that_is_raised_counts_at_once(bank: Bank) -> None:
    await bank.agent("ann", loans=2)
    await bank.call("call-1", loans=3)
    name = f"{bank.name}/agents/ann"
    await bank.client.agents.add_agent_skill(name=name, skill=agent_pb2.AgentSkill(skill_id="loans", level=3))
    assert (await bank.offered("call-1"))[0] == "ann"


async def test_there_is_no_level_11(bank: Bank) -> None:
    needs = [contact_pb2.SkillRequirement(skill_id="loans", min_level=11)]
    contact = contact_pb2.Contact(channel=contact_pb2.CHANNEL_VOICE, required_skills=needs)
    with pytest.raises(AcdApiError) as caught:
        await bank.client.contacts.enqueue_contact(parent=bank.name, contact_id="call-1", contact=contact)
    assert caught.value.reason == "INVALID_FIELD"
    assert "contact.required_skills[0].min_level" in str(caught.value)
