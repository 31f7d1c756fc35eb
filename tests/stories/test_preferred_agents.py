"""Preferred agents: the one whom the customer knows, for a while; then whoever can help."""

from typing import Any

from acd.v1 import agent_pb2, contact_pb2, explanation_pb2
from tests.stories.conftest import Bank, seconds


async def prefers(bank: Bank, contact: str, *agents: str, wait: float = 60, **fields: Any) -> contact_pb2.Contact:
    """A customer calls who needs a loan, and would like to speak to these agents."""
    body = contact_pb2.Contact(
        channel=contact_pb2.CHANNEL_VOICE,
        required_skills=[contact_pb2.SkillRequirement(skill_id="loans", min_level=1)],
        preferred_agents=[f"{bank.name}/agents/{agent}" for agent in agents],
        preferred_wait=seconds(wait),
        **fields,
    )
    reply = await bank.client.contacts.enqueue_contact(parent=bank.name, contact_id=contact, contact=body)
    return reply.contact


async def test_preferred_agents(bank: Bank) -> None:
    """Ann knows the customer, and is at lunch. Bob takes the next call meanwhile; Ann, back, takes hers."""
    await bank.agent("ann", loans=5)
    await bank.set_state("ann", agent_pb2.PRESENCE_NOT_READY, "lunch")
    await bank.agent("bob", loans=5)
    await prefers(bank, "hers", "ann")
    await bank.call("next", loans=1)
    assert (await bank.offered("next"))[0] == "bob"
    explained = await bank.client.centers.explain_routing(name=bank.name, contact=f"{bank.name}/contacts/hers")
    assert explained.contact.reason == explanation_pb2.WAIT_REASON_HOLDING_OUT
    await bank.set_state("ann", agent_pb2.PRESENCE_AVAILABLE)
    assert (await bank.offered("hers"))[0] == "ann"


async def test_she_does_not_come_in_time(bank: Bank) -> None:
    """After a while whoever can help takes the call, before those who came after it."""
    await bank.agent("ann", loans=5)
    await bank.set_state("ann", agent_pb2.PRESENCE_NOT_READY, "lunch")
    await prefers(bank, "hers", "ann", wait=0.3)
    await bank.call("next", loans=1)
    ended = await bank.happened("CONTACT_PREFERENCE_ENDED", "hers")
    assert ended.contact.preference_end == contact_pb2.PREFERENCE_END_TIME_OVER
    await bank.agent("bob", loans=5)
    assert (await bank.offered("hers"))[0] == "bob"
    assert await bank.state("next") == "QUEUED"


async def test_nobody_whom_he_knows_is_there(bank: Bank) -> None:
    """Ann is not signed in: the call holds out for nobody. Eve goes home while one waits for her: it goes to Bob."""
    await bank.agent("ann", loans=5)
    await bank.set_state("ann", agent_pb2.PRESENCE_OFFLINE)
    await bank.agent("eve", loans=5)
    await bank.set_state("eve", agent_pb2.PRESENCE_NOT_READY, "packs up")
    await bank.agent("bob", loans=5)
    skipped = await prefers(bank, "call-1", "ann")
    assert skipped.preference_end == contact_pb2.PREFERENCE_END_NONE_SIGNED_IN
    _, assignment = await bank.offered("call-1")
    await bank.client.contacts.accept_assignment(name=assignment)
    await bank.client.contacts.complete_contact(name=assignment)
    await prefers(bank, "call-2", "ann", "eve")
    await bank.set_state("eve", agent_pb2.PRESENCE_OFFLINE)
    assert (await bank.offered("call-2"))[0] == "bob"
    ended = await bank.happened("CONTACT_PREFERENCE_ENDED", "call-2")
    assert ended.contact.preference_end == contact_pb2.PREFERENCE_END_NONE_SIGNED_IN


async def test_she_says_no(bank: Bank) -> None:
    """Ann declines the customer who wanted her: that ends it, and Bob gets him."""
    await bank.agent("ann", loans=5)
    await prefers(bank, "call-1", "ann")
    await bank.agent("bob", loans=5)
    agent, assignment = await bank.offered("call-1")
    assert agent == "ann"
    await bank.client.contacts.decline_assignment(name=assignment)
    declined = await bank.happened("CONTACT_DECLINED", "call-1")
    assert declined.contact.preference_end == contact_pb2.PREFERENCE_END_DECLINED
    assert (await bank.offered("call-1", nth=2))[0] == "bob"
