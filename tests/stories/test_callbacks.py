"""Scheduled contacts: a call back at a time, in a window, in several attempts."""

import time

from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import contact_pb2
from tests.stories.conftest import Bank, seconds


async def ask(bank: Bank, contact: str, ahead: float, **fields: object) -> None:
    """A customer asks to be called so many seconds from now."""
    when = Timestamp()
    when.FromNanoseconds(time.time_ns() + int(ahead * 1e9))
    body = contact_pb2.Contact(channel=contact_pb2.CHANNEL_CALLBACK, schedule_time=when, **fields)  # type: ignore[arg-type]  # fields of a contact
    await bank.client.contacts.enqueue_contact(parent=bank.name, contact_id=contact, contact=body)


async def test_scheduled_contacts(bank: Bank) -> None:
    """Nobody is offered the call before its time; who does not answer is called again, and at last no more."""
    await bank.agent("ann", loans=5)
    await ask(bank, "callback", 0.5, max_attempts=2, attempt_delay=seconds(0.3))
    assert await bank.state("callback") == "SCHEDULED"
    for nth in (1, 2):
        agent, assignment = await bank.offered("callback", nth=nth)
        assert agent == "ann"
        await bank.client.contacts.accept_assignment(name=assignment)
        await bank.client.contacts.reschedule_contact(name=assignment)
    ended = await bank.happened("CONTACT_EXPIRED", "callback")
    assert ended.contact.end_reason == contact_pb2.END_REASON_MAX_ATTEMPTS
    queued = [await bank.happened("CONTACT_QUEUED", "callback", nth=nth) for nth in (1, 2)]
    assert all(event.event_time.ToNanoseconds() >= event.contact.schedule_time.ToNanoseconds() for event in queued)
    gap = queued[1].contact.schedule_time.ToNanoseconds() - queued[0].event_time.ToNanoseconds()
    assert gap >= 300_000_000


async def test_the_window(bank: Bank) -> None:
    """Nobody is there while the customer is: the call is not made too late."""
    await ask(bank, "callback", 0.2, schedule_window=seconds(0.3))
    ended = await bank.happened("CONTACT_EXPIRED", "callback")
    assert ended.contact.end_reason == contact_pb2.END_REASON_WINDOW_OVER
