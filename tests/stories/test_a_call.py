"""What a newcomer reads first: a customer calls, an agent answers."""

from acd.v1 import agent_pb2
from tests.stories.conftest import Bank, seconds
from tests.support.wait import wait_until


async def test_a_call_from_the_queue_to_its_end(bank: Bank) -> None:
    """Enqueued, offered, accepted, completed; each step is an event, and the agent is free again."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=3)
    agent, assignment = await bank.offered("call-1")
    assert agent == "ann"
    assert await bank.activity("ann") == "RESERVED"
    await bank.client.contacts.accept_assignment(name=assignment)
    assert await bank.activity("ann") == "BUSY"
    await bank.client.contacts.complete_contact(name=assignment)
    await bank.happened("CONTACT_COMPLETED", "call-1")
    assert await bank.state("call-1") == "COMPLETED"
    assert await bank.activity("ann") == "IDLE"


async def test_wrap_up(bank: Bank) -> None:
    """After the call the agent has time for notes; it ends by itself, or when the agent says so."""
    await bank.policy(wrap_up_time=seconds(60))
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    _, assignment = await bank.offered("call-1")
    await bank.client.contacts.accept_assignment(name=assignment)
    await bank.client.contacts.complete_contact(name=assignment)
    assert await bank.activity("ann") == "WRAP_UP"
    await bank.call("call-2", loans=1)
    await bank.client.contacts.finish_wrap_up(name=assignment)
    assert (await bank.offered("call-2"))[0] == "ann"


async def test_a_caller_who_hangs_up_frees_the_agent(bank: Bank) -> None:
    """Offered and gone: the agent does not answer a dead line, and keeps the place in the row of agents."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    await bank.offered("call-1")
    await bank.client.contacts.abandon_contact(name=f"{bank.name}/contacts/call-1")
    assert await bank.state("call-1") == "ABANDONED"
    assert await bank.activity("ann") == "IDLE"
    await bank.call("call-2", loans=1)
    assert (await bank.offered("call-2"))[0] == "ann"


async def test_nobody_answers(bank: Bank) -> None:
    """An offer that is not answered in time is missed; the call goes to somebody else, in its old place."""
    await bank.policy(offer_timeout=seconds(0.3), retry_delay=seconds(30))
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    assert (await bank.offered("call-1"))[0] == "ann"
    await bank.happened("CONTACT_MISSED", "call-1")
    await bank.agent("bob", loans=5)
    assert (await bank.offered("call-1", nth=2))[0] == "bob"


async def test_the_agent_says_no(bank: Bank) -> None:
    """Declined: the call comes back to the same agent only after the retry delay."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    _, assignment = await bank.offered("call-1")
    await bank.client.contacts.decline_assignment(name=assignment)
    declined = await bank.happened("CONTACT_DECLINED", "call-1")
    again = await bank.happened("CONTACT_OFFERED", "call-1", nth=2)
    delay = again.event_time.ToNanoseconds() - declined.event_time.ToNanoseconds()
    assert delay >= 200_000_000


async def test_an_agent_who_leaves_gives_the_call_back(bank: Bank) -> None:
    """Going to lunch with the phone ringing: the offer is taken back at once, nobody is blamed."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    await bank.offered("call-1")
    await bank.set_state("ann", agent_pb2.PRESENCE_NOT_READY, "lunch")
    await bank.happened("CONTACT_REVOKED", "call-1")
    await bank.agent("bob", loans=5)
    assert (await bank.offered("call-1", nth=2))[0] == "bob"


async def test_a_platform_that_is_lost(bank: Bank) -> None:
    """A telephony platform holds its callers by a lease; when it is gone they are not offered any more."""
    await bank.call("call-1", owner="pbx-1", lease=0.5, loans=1)
    await bank.call("call-2", owner="pbx-2", lease=60, loans=1)
    event = await bank.happened("CONTACT_ABANDONED", "call-1")
    assert event.contact.owner == "pbx-1"
    assert await bank.state("call-2") == "QUEUED"


async def test_closing_time(bank: Bank) -> None:
    """A closed bank takes no calls and matches nothing; who waits keeps the place until it opens."""
    await bank.call("call-1", loans=1)
    await bank.client.centers.close_center(name=bank.name)
    await bank.agent("ann", loans=5)
    await bank.happened("AGENT_STATE_CHANGED")
    assert await bank.state("call-1") == "QUEUED"
    await bank.client.centers.open_center(name=bank.name)
    assert (await bank.offered("call-1"))[0] == "ann"


async def test_a_call_is_passed_on(bank: Bank) -> None:
    """Requeued out of service it keeps its place before younger calls."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    _, assignment = await bank.offered("call-1")
    await bank.client.contacts.accept_assignment(name=assignment)
    await bank.set_state("ann", agent_pb2.PRESENCE_NOT_READY, "end of shift")
    await bank.call("call-2", loans=1)
    await bank.client.contacts.requeue_contact(name=assignment)
    await bank.agent("bob", loans=5)
    assert (await bank.offered("call-1", nth=2))[0] == "bob"
    await wait_until(lambda: bank.events, "the feed is heard")
    assert await bank.state("call-2") == "QUEUED"
