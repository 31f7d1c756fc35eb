"""Capacity: chats and e-mails beside each other, and always room for a call."""

from acd.v1 import agent_pb2, contact_pb2
from tests.stories.conftest import Bank

VOICE, CHAT, EMAIL = contact_pb2.CHANNEL_VOICE, contact_pb2.CHANNEL_CHAT, contact_pb2.CHANNEL_EMAIL
BLENDED = [
    agent_pb2.ChannelCapacity(channel=VOICE, cost=60),
    agent_pb2.ChannelCapacity(channel=CHAT, cost=10, max_contacts=2),
    agent_pb2.ChannelCapacity(channel=EMAIL, cost=10, max_contacts=2),
]


async def test_capacity(bank: Bank) -> None:
    """Voice 60 + chat 10 (max 2) + e-mail 10 (max 2) out of 100: Ann holds five, and the call is one of them."""
    await bank.policy(channel_capacity=BLENDED)
    await bank.agent("ann", loans=5)
    for number in range(3):
        await bank.call(f"chat-{number}", channel=CHAT, loans=1)
        await bank.call(f"mail-{number}", channel=EMAIL, loans=1)
    for contact in ("chat-0", "mail-0", "chat-1", "mail-1"):
        assert (await bank.offered(contact))[0] == "ann"
    await bank.call("call-1", loans=1)
    assert (await bank.offered("call-1"))[0] == "ann"
    ann = (await bank.client.agents.get_agent(name=f"{bank.name}/agents/ann")).agent
    assert (ann.used_capacity, ann.effective_capacity, len(ann.assignments)) == (100, 100, 5)
    assert await bank.state("chat-2") == "QUEUED"
    _, assignment = await bank.offered("chat-0")
    await bank.client.contacts.decline_assignment(name=assignment)
    await bank.offered("chat-2")
    assert await bank.state("mail-2") == "QUEUED"


async def test_an_agent_with_a_capacity_of_his_own(bank: Bank) -> None:
    """Bob learns: one chat at a time, until the supervisor says otherwise; that holds at once."""
    await bank.policy(channel_capacity=[agent_pb2.ChannelCapacity(channel=CHAT, cost=10)])
    await bank.agent("bob", loans=5)
    own = [agent_pb2.ChannelCapacity(channel=CHAT, max_contacts=1)]
    bob = agent_pb2.Agent(name=f"{bank.name}/agents/bob", channel_capacity=own)
    await bank.client.agents.update_agent(agent=bob)
    await bank.call("chat-1", channel=CHAT, loans=1)
    await bank.call("chat-2", channel=CHAT, loans=1)
    assert (await bank.offered("chat-1"))[0] == "bob"
    assert await bank.state("chat-2") == "QUEUED"
    own[0].max_contacts = 2
    await bank.client.agents.update_agent(agent=agent_pb2.Agent(name=bob.name, channel_capacity=own))
    assert (await bank.offered("chat-2"))[0] == "bob"
