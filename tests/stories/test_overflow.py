"""Limits and overflow: a full house, and what becomes of those who wait too long."""

import pytest

from acd.v1 import contact_pb2
from acd_client.errors import LimitReached
from tests.stories.conftest import Bank, seconds


async def test_limits(bank: Bank) -> None:
    """Two may wait, one of them for loans; the next is told so, and one waits no longer than half a second."""
    await bank.policy(max_waiting=2, max_class_waiting=1)
    await bank.call("call-1", loans=1)
    with pytest.raises(LimitReached) as full:
        await bank.call("call-2", loans=1)
    assert (full.value.reason, full.value.metadata["scope"], full.value.metadata["limit"]) == (
        "QUEUE_FULL",
        "class",
        "1",
    )
    await bank.client.contacts.enqueue_contact(
        parent=bank.name,
        contact_id="call-3",
        contact=contact_pb2.Contact(channel=contact_pb2.CHANNEL_VOICE, max_wait=seconds(0.5)),
    )
    with pytest.raises(LimitReached) as full:
        await bank.call("call-4", english=1)
    assert (full.value.metadata["scope"], full.value.metadata["limit"]) == ("center", "2")
    ended = await bank.happened("CONTACT_EXPIRED", "call-3")
    assert ended.contact.end_reason == contact_pb2.END_REASON_MAX_WAIT
    await bank.call("call-4", english=1)
    await bank.agent("ann", loans=5)
    assert (await bank.offered("call-1"))[0] == "ann"


async def test_overflow(bank: Bank) -> None:
    """Nobody for loans: after a while the call counts more, then anybody with English will do, then it is over."""
    rule = contact_pb2.OverflowRule
    english = [contact_pb2.SkillRequirement(skill_id="english")]
    rules = [
        rule(id="up", after=seconds(0.3), action=contact_pb2.OVERFLOW_ACTION_RAISE_PRIORITY, priority=7),
        rule(
            id="wide",
            after=seconds(0.6),
            action=contact_pb2.OVERFLOW_ACTION_REPLACE_SKILLS,
            required_skills=english,
        ),
        rule(id="out", after=seconds(1.2), action=contact_pb2.OVERFLOW_ACTION_EXPIRE),
    ]
    await bank.policy(overflow_rules=rules)
    await bank.agent("ann", english=5)
    await bank.call("call-1", loans=1)
    await bank.call("call-2", loans=1)
    raised = await bank.happened("CONTACT_OVERFLOWED", "call-1")
    assert list(raised.contact.fired_overflow_rules) == ["up"]
    assert raised.contact.priority == 7
    agent, assignment = await bank.offered("call-1")
    assert agent == "ann"
    widened = await bank.happened("CONTACT_OVERFLOWED", "call-1", nth=2)
    assert list(widened.contact.fired_overflow_rules) == ["up", "wide"]
    assert [skill.skill_id for skill in widened.contact.current_skills] == ["english"]
    assert [skill.skill_id for skill in widened.contact.required_skills] == ["loans"]
    assert widened.contact.rank == raised.contact.rank, "the place is kept"
    await bank.client.contacts.accept_assignment(name=assignment)
    ended = await bank.happened("CONTACT_EXPIRED", "call-2")
    assert ended.contact.end_reason == contact_pb2.END_REASON_OVERFLOW
    assert list(ended.contact.fired_overflow_rules) == ["up", "wide", "out"]
    assert await bank.state("call-1") == "ACTIVE"
