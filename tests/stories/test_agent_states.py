"""Agent states: reasons, what comes after the call, and a desktop that goes silent."""

import asyncio
import contextlib

import pytest

from acd.v1 import agent_pb2
from acd_client import AcdApiError
from tests.stories.conftest import Bank, seconds


async def test_agent_states(bank: Bank) -> None:
    """Ann wants lunch after this call: she is not given another, and lunch begins by itself."""
    await bank.policy(not_ready_reasons=["lunch", "training"])
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    _, assignment = await bank.offered("call-1")
    await bank.client.contacts.accept_assignment(name=assignment)
    name = f"{bank.name}/agents/ann"
    with pytest.raises(AcdApiError) as caught:
        await bank.set_state("ann", agent_pb2.PRESENCE_NOT_READY, "nap")
    assert caught.value.reason == "UNKNOWN_REASON"
    reply = await bank.client.agents.set_agent_state(
        name=name, presence=agent_pb2.PRESENCE_NOT_READY, reason="lunch", after_work=True
    )
    assert reply.agent.draining
    await bank.call("call-2", loans=1)
    await bank.client.contacts.complete_contact(name=assignment)
    ann = (await bank.client.agents.get_agent(name=name)).agent
    assert (ann.presence, ann.presence_reason) == (agent_pb2.PRESENCE_NOT_READY, "lunch")
    assert await bank.state("call-2") == "QUEUED"
    await bank.set_state("ann", agent_pb2.PRESENCE_AVAILABLE)
    assert (await bank.offered("call-2"))[0] == "ann"


async def test_a_desktop_that_goes_silent(bank: Bank) -> None:
    """Its feed held the lease. The call that rings there goes to somebody else; the one that is served is marked."""
    await bank.policy(agent_lease=seconds(0.5))
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    _, assignment = await bank.offered("call-1")
    await bank.client.contacts.accept_assignment(name=assignment)
    desktop = asyncio.create_task(listen(bank))
    await bank.client.agents.renew_agent_lease(name=f"{bank.name}/agents/ann")
    desktop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await desktop
    lost = await bank.happened("CONTACT_AGENT_LOST", "call-1")
    assert lost.assignment.agent_lost
    ann = (await bank.client.agents.get_agent(name=f"{bank.name}/agents/ann")).agent
    assert (ann.presence, ann.presence_reason) == (agent_pb2.PRESENCE_OFFLINE, "LEASE_EXPIRED")
    assert await bank.state("call-1") == "ACTIVE"
    await bank.set_state("ann", agent_pb2.PRESENCE_AVAILABLE)
    await bank.client.contacts.complete_contact(name=assignment)


async def listen(bank: Bank) -> None:
    async with bank.client.watch(bank.center, agent="ann", keep_lease=True) as feed:
        async for _ in feed:
            pass
