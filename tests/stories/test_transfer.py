"""Transfer: to other skills, to a named agent, a consultation, a supervisor's hand, and a call that is pulled."""

from acd.v1 import agent_pb2, contact_pb2, contact_service_pb2
from tests.stories.conftest import Bank, seconds


async def served(bank: Bank, contact: str, agent: str, *, nth: int = 1) -> str:
    offered, assignment = await bank.offered(contact, nth=nth)
    assert offered == agent
    await bank.client.contacts.accept_assignment(name=assignment)
    return assignment


async def test_transfer(bank: Bank) -> None:
    """Ann passes the call on to who speaks English; it goes before a younger one. Bob passes it on to Eve by name."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    assignment = await served(bank, "call-1", "ann")
    await bank.call("call-2", english=1)
    english = contact_pb2.SkillRequirement(skill_id="english", min_level=1)
    await bank.client.contacts.transfer_contact(
        name=assignment, skills=contact_service_pb2.SkillSet(required_skills=[english])
    )
    await bank.agent("bob", english=5)
    assignment = await served(bank, "call-1", "bob", nth=2)
    await bank.agent("eve")
    await bank.client.contacts.transfer_contact(name=assignment, agent=f"{bank.name}/agents/eve")
    assert (await bank.offered("call-1", nth=3))[0] == "eve"
    assert (await bank.offered("call-2"))[0] == "bob"


async def test_a_named_agent_who_does_not_come(bank: Bank) -> None:
    """After a while whoever has the skills gets the call."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    assignment = await served(bank, "call-1", "ann")
    await bank.agent("eve")
    await bank.set_state("eve", agent_pb2.PRESENCE_NOT_READY, "coffee")
    await bank.client.contacts.transfer_contact(
        name=assignment, agent=f"{bank.name}/agents/eve", target_wait=seconds(0.3)
    )
    await bank.happened("CONTACT_UPDATED", "call-1")
    assert (await bank.offered("call-1", nth=2))[0] == "ann"


async def test_a_consultation(bank: Bank) -> None:
    """Ann asks Bob while her customer holds: a contact of its own, linked to the first."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    await served(bank, "call-1", "ann")
    await bank.agent("bob")
    parent = f"{bank.name}/contacts/call-1"
    body = contact_pb2.Contact(
        channel=contact_pb2.CHANNEL_VOICE, parent_contact=parent, target_agent=f"{bank.name}/agents/bob"
    )
    await bank.client.contacts.enqueue_contact(parent=bank.name, contact_id="consult", contact=body)
    event = await bank.happened("CONTACT_OFFERED", "consult")
    assert (event.contact.parent_contact, event.agent.name) == (parent, f"{bank.name}/agents/bob")
    assert await bank.state("call-1") == "ACTIVE"


async def test_a_supervisors_hand(bank: Bank) -> None:
    """The supervisor takes the call from Ann, who has gone, and signs her out; it goes to Bob in its old place."""
    await bank.agent("ann", loans=5)
    await bank.call("call-1", loans=1)
    assignment = await served(bank, "call-1", "ann")
    await bank.set_state("ann", agent_pb2.PRESENCE_OFFLINE)
    await bank.call("call-2", loans=1)
    await bank.client.contacts.requeue_contact(name=assignment)
    await bank.agent("bob", loans=5)
    assert (await bank.offered("call-1", nth=2))[0] == "bob"


async def test_pull(bank: Bank) -> None:
    """Two calls wait in a way that nobody is offered them: declined. Ann changes her mind about the younger one."""
    await bank.policy(retry_delay=seconds(3600))
    await bank.agent("ann", loans=5)
    for name in ("call-1", "call-2"):
        await bank.call(name, loans=1)
        _, assignment = await bank.offered(name)
        await bank.client.contacts.decline_assignment(name=assignment)
    reply = await bank.client.agents.pull_contact(
        name=f"{bank.name}/agents/ann", contact=f"{bank.name}/contacts/call-2"
    )
    assert reply.assignment.pulled
    assert await bank.activity("ann") == "BUSY"
    accepted = await bank.happened("CONTACT_ACCEPTED", "call-2")
    assert accepted.assignment.pulled
    assert await bank.state("call-1") == "QUEUED"
