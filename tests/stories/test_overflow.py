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
