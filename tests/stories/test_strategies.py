"""Strategies: whom a center chooses of those who could take a call."""

from typing import Any

import pytest

from acd.v1 import agent_pb2, center_pb2, contact_pb2
from tests.stories.conftest import Bank

CHAT = contact_pb2.CHANNEL_CHAT


async def room(bank: Bank, agent: str, capacity: int) -> None:
    """So much may be held at once; a call costs 40, a chat 30."""
    rules = [
        agent_pb2.ChannelCapacity(channel=channel, cost=cost)
        for channel, cost in ((contact_pb2.CHANNEL_VOICE, 40), (CHAT, 30))
    ]
    changed = agent_pb2.Agent(name=f"{bank.name}/agents/{agent}", capacity=capacity, channel_capacity=rules)
    await bank.client.agents.update_agent(agent=changed)


async def serve(bank: Bank, assignment: str) -> None:
    await bank.client.contacts.accept_assignment(name=assignment)
    await bank.client.contacts.complete_contact(name=assignment)


@pytest.mark.parametrize(
    ("strategy", "chosen"),
    [
        (center_pb2.STRATEGY_LONGEST_AVAILABLE, "first"),
        (center_pb2.STRATEGY_BEST_FIT, "expert"),
        (center_pb2.STRATEGY_LEAST_SKILLED, "beginner"),
        (center_pb2.STRATEGY_ROUND_ROBIN, "expert"),
    ],
)
async def test_strategies(bank: Bank, strategy: Any, chosen: str) -> None:
    """The same agents, the same call, another choice. Who came first had an offer already, and the beginner, too."""
    await bank.agent("first", loans=6, english=9)
    await bank.call("gone-1", loans=6)
    assert (await bank.offered("gone-1"))[0] == "first"
    await bank.agent("beginner", loans=5)
    await bank.call("gone-2", loans=5)
    assert (await bank.offered("gone-2"))[0] == "beginner"
    for contact in ("gone-1", "gone-2"):
        await bank.client.contacts.abandon_contact(name=f"{bank.name}/contacts/{contact}")
    await bank.agent("expert", loans=9, english=1)
    await bank.policy(strategy=strategy)
    await bank.call("call", loans=5)
    assert (await bank.offered("call"))[0] == chosen


async def test_the_least_loaded_over_all_channels(bank: Bank) -> None:
    """ann holds a chat, 30 of 100; bob two chats, 60 of 240; and cid, who came last, nothing."""
    await bank.agent("ann", loans=1)
    await room(bank, "ann", 100)
    await bank.call("chat-1", channel=CHAT, loans=1)
    assert (await bank.offered("chat-1"))[0] == "ann"
    await bank.agent("bob", english=1)
    await room(bank, "bob", 240)
    for chat in ("chat-2", "chat-3"):
        await bank.call(chat, channel=CHAT, english=1)
        assert (await bank.offered(chat))[0] == "bob"
    await bank.agent("cid")
    await bank.policy(strategy=center_pb2.STRATEGY_LEAST_LOADED)
    for contact, chosen in (("call-1", "cid"), ("call-2", "bob"), ("call-3", "ann")):
        await bank.call(contact)
        assert (await bank.offered(contact))[0] == chosen


async def test_round_robin_goes_around(bank: Bank) -> None:
    """Also where the first one is done at once and waits for longest again."""
    await bank.policy(strategy=center_pb2.STRATEGY_ROUND_ROBIN)
    names = ["ann", "bob", "cid"]
    for name in names:
        await bank.agent(name)
    turns = []
    for number in range(6):
        await bank.call(f"call-{number}")
        agent, assignment = await bank.offered(f"call-{number}")
        turns.append(agent)
        await serve(bank, assignment)
    assert turns == names * 2


async def test_the_last_offer_is_told(bank: Bank) -> None:
    await bank.agent("ann")
    await bank.call("call")
    await bank.offered("call")
    event = await bank.happened("CONTACT_OFFERED", "call")
    agent = (await bank.client.agents.get_agent(name=f"{bank.name}/agents/ann")).agent
    assert event.agent.last_offer_time == event.assignment.offer_time == agent.last_offer_time
