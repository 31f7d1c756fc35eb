"""Wrap-up: by channel, until the agent is done, with a forced end, and extended."""

from acd.v1 import center_pb2, contact_pb2
from tests.stories.conftest import Bank, seconds


async def served(bank: Bank, contact: str) -> str:
    _, assignment = await bank.offered(contact)
    await bank.client.contacts.accept_assignment(name=assignment)
    await bank.client.contacts.complete_contact(name=assignment)
    return assignment


async def test_wrap_up(bank: Bank) -> None:
    """Calls have fixed notes, chats none; Ann asks for more time, and the limit ends it."""
    chat = center_pb2.ChannelWrapUp(channel=contact_pb2.CHANNEL_CHAT, mode=center_pb2.WRAP_UP_MODE_NONE)
    await bank.policy(wrap_up_time=seconds(60), wrap_up_limit=seconds(60.4), channel_wrap_up=[chat])
    await bank.agent("ann", loans=5)
    await bank.call("chat-1", channel=contact_pb2.CHANNEL_CHAT, loans=1)
    await served(bank, "chat-1")
    assert await bank.activity("ann") == "IDLE"
    await bank.call("call-1", loans=1)
    assignment = await served(bank, "call-1")
    assert await bank.activity("ann") == "WRAP_UP"
    reply = await bank.client.contacts.extend_wrap_up(name=assignment, remaining=seconds(300))
    assert reply.assignment.deadline == reply.assignment.wrap_up_limit_time
    await bank.happened("WRAP_UP_EXTENDED", "call-1")
    await bank.client.contacts.finish_wrap_up(name=assignment)
    assert await bank.activity("ann") == "IDLE"


async def test_until_the_agent_is_done_but_not_for_ever(bank: Bank) -> None:
    """Nobody finishes: the forced end does, and the next call comes."""
    await bank.policy(wrap_up_mode=center_pb2.WRAP_UP_MODE_UNTIL_FINISHED, wrap_up_limit=seconds(0.3))
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    await served(bank, "call-1")
    await bank.call("call-2", loans=1)
    ended = await bank.happened("CONTACT_COMPLETED", "call-1")
    length = ended.assignment.end_time.ToNanoseconds() - ended.assignment.service_end_time.ToNanoseconds()
    assert length >= 300_000_000
    assert (await bank.offered("call-2"))[0] == "ann"
