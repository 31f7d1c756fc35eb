"""Waiting: the place, the estimate, and why."""

from acd.v1 import agent_pb2, explanation_pb2
from tests.stories.conftest import Bank


async def test_position_and_estimated_wait(bank: Bank) -> None:
    """Nothing is known before the first call was served; then the formula holds for the inputs that come with it."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    _, assignment = await bank.offered("call-1")
    await bank.client.contacts.accept_assignment(name=assignment)
    for name in ("call-2", "call-3", "call-4"):
        await bank.call(name, loans=1)
    place = bank.client.contacts.get_queue_position
    before = await place(name=f"{bank.name}/contacts/call-4")
    assert (before.position, before.HasField("estimated_wait")) == (3, False)
    await bank.client.contacts.complete_contact(name=assignment)
    _, assignment = await bank.offered("call-2")
    found = await place(name=f"{bank.name}/contacts/call-4")
    inputs = found.estimate
    assert (found.position, inputs.handled_count, inputs.active_agents, inputs.queued) == (2, 1, 1, 2)
    expected = inputs.handle_time.ToMicroseconds() / inputs.active_agents * 2 + inputs.allowance.ToMicroseconds()
    assert abs(found.estimated_wait.ToMicroseconds() - expected) <= 2


async def test_explain_routing(bank: Bank) -> None:
    """The supervisor asks why a call waits, and why Ann is not offered it."""
    explain = bank.client.centers.explain_routing
    await bank.agent("ann", loans=2)
    await bank.call("call-1", loans=5)
    waits = (await explain(name=bank.name, contact=f"{bank.name}/contacts/call-1")).contact
    assert (waits.reason, waits.agents.examined) == (explanation_pb2.WAIT_REASON_NOBODY_SKILLED, 1)
    idles = (await explain(name=bank.name, agent=f"{bank.name}/agents/ann")).agent
    assert idles.reason == explanation_pb2.IDLE_REASON_NOT_SKILLED
    await bank.agent("bob", loans=7)
    await bank.offered("call-1")
    await bank.set_state("ann", agent_pb2.PRESENCE_OFFLINE)
    idles = (await explain(name=bank.name, agent=f"{bank.name}/agents/bob")).agent
    assert idles.reason == explanation_pb2.IDLE_REASON_FULL
