"""Priority and ageing: what an urgent call is worth, and what a wait is."""

from acd.v1 import center_pb2
from tests.stories.conftest import Bank, seconds


async def test_priority_and_ageing(bank: Bank) -> None:
    """A point is worth a minute: the VIP goes before the calls of that minute, and a supervisor moves one ahead."""
    await bank.policy(priority_rule=center_pb2.PRIORITY_RULE_HEAD_START, head_start=seconds(60))
    await bank.call("call-1", loans=1)
    await bank.call("call-2", loans=1)
    await bank.call("vip", loans=1, priority=1)
    moved = await bank.client.contacts.reprioritize_contact(
        name=f"{bank.name}/contacts/call-2", priority=0, credit=seconds(90)
    )
    assert moved.contact.rank == moved.contact.enqueue_time.ToMicroseconds() - 90_000_000
    await bank.happened("CONTACT_REPRIORITIZED", "call-2")
    for agent, contact in (("ann", "call-2"), ("bob", "vip"), ("cid", "call-1")):
        await bank.agent(agent, loans=5)
        assert (await bank.offered(contact))[0] == agent


async def test_strict_priority(bank: Bank) -> None:
    """By default no wait and no credit beats a point of priority."""
    await bank.call("call-1", loans=1)
    await bank.client.contacts.reprioritize_contact(
        name=f"{bank.name}/contacts/call-1", priority=0, credit=seconds(2_000_000)
    )
    await bank.call("vip", loans=1, priority=1)
    await bank.agent("ann", loans=5)
    assert (await bank.offered("vip"))[0] == "ann"
