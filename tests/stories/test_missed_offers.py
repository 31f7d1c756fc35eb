"""Missed offers: who does not answer is asked no more, and the call goes to somebody else in its old place."""

from acd.v1 import agent_pb2, contact_pb2
from tests.stories.conftest import Bank, seconds
from tests.support.wait import wait_until


async def test_missed_offers(bank: Bank) -> None:
    """By default one miss is enough: Ann is not at her desk. She comes back and says so."""
    await bank.policy(offer_timeout=seconds(0.3))
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    await bank.call("call-2", loans=1)
    assert (await bank.offered("call-1"))[0] == "ann"
    await bank.happened("CONTACT_MISSED", "call-1")
    ann = (await wait_until(lambda: [e.agent for e in bank.events if e.agent.presence_reason], "Ann is not ready"))[0]
    assert (ann.presence, ann.presence_reason) == (agent_pb2.PRESENCE_NOT_READY, "MISSED_OFFER")
    await bank.policy(offer_timeout=seconds(30))
    await bank.agent("bob", loans=5)
    assert (await bank.offered("call-1", nth=2))[0] == "bob", "the place is kept"
    await bank.set_state("ann", agent_pb2.PRESENCE_AVAILABLE)
    assert (await bank.offered("call-2"))[0] == "ann"


async def test_two_in_a_row(bank: Bank) -> None:
    """A bank that is more patient: the second miss counts, and an answer begins the row anew."""
    await bank.policy(max_missed_offers=2, missed_retry_delay=seconds(0.05), offer_timeout=seconds(0.3))
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    await bank.happened("CONTACT_MISSED", "call-1")
    _, assignment = await bank.offered("call-1", nth=2)
    await bank.client.contacts.decline_assignment(name=assignment, retry_after=seconds(0.05))
    await bank.happened("CONTACT_MISSED", "call-1", nth=2)
    missed = [
        event.agent.missed_offers
        for event in bank.events
        if event.assignment.state == contact_pb2.ASSIGNMENT_STATE_MISSED
    ]
    assert missed[:2] == [1, 1]


async def test_a_call_that_nobody_wants(bank: Bank) -> None:
    """The bank's cap on attempts ends it, with a reason of its own."""
    await bank.policy(max_offers=2, retry_delay=seconds(0))
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    for nth in (1, 2):
        _, assignment = await bank.offered("call-1", nth=nth)
        await bank.client.contacts.decline_assignment(name=assignment)
    ended = await bank.happened("CONTACT_EXPIRED", "call-1")
    assert ended.contact.end_reason == contact_pb2.END_REASON_MAX_OFFERS
    assert await bank.activity("ann") == "IDLE"
