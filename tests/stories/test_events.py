"""Events: whoever hears the feed knows the center, without asking again."""

from typing import Any

from acd.v1 import agent_pb2, contact_pb2, contact_service_pb2
from tests.stories.conftest import Bank, seconds
from tests.support.rebuild import Replica
from tests.support.wait import wait_until


async def truth(bank: Bank) -> Replica:
    """The center as its API tells it."""
    client, name = bank.client, bank.name
    replica = Replica(center=(await client.centers.get_center(name=name)).center)
    listed: list[tuple[dict[str, Any], Any]] = [
        (replica.agents, (await client.agents.list_agents(parent=name, page_size=1000)).agents),
        (replica.contacts, (await client.contacts.list_contacts(parent=name, page_size=1000)).contacts),
        (replica.skills, (await client.skills.list_skills(parent=name, page_size=1000)).skills),
    ]
    for known, found in listed:
        known.update({item.name: item for item in found})
    return replica


async def wait_for_less(bank: Bank) -> None:
    """A call for the best, who is busy; a moment later anybody would do who knows loans at all."""
    best, any_ = (contact_pb2.SkillRequirement(skill_id="loans", min_level=level) for level in (5, 1))
    step = contact_pb2.RelaxationStep(after=seconds(0.1), required_skills=[any_])
    body = contact_pb2.Contact(channel=contact_pb2.CHANNEL_VOICE, required_skills=[best], relaxation_steps=[step])
    await bank.client.contacts.enqueue_contact(parent=bank.name, contact_id="call-3", contact=body)
    await bank.happened("CONTACT_RELAXED", "call-3")


async def test_events(bank: Bank) -> None:
    """A busy morning: a miss, a decline, lunch after work, notes that take longer, a transfer, a call back, a pull."""
    replica = await truth(bank)
    contacts, agents = bank.client.contacts, bank.client.agents
    await bank.policy(offer_timeout=seconds(0.3), wrap_up_time=seconds(30), agent_lease=seconds(30))
    for agent in ("ann", "bob"):
        await bank.agent(agent, loans=5, english=2)
    await bank.call("call-1", loans=1)
    await bank.happened("CONTACT_MISSED", "call-1")
    await bank.policy(offer_timeout=seconds(60))
    _, assignment = await bank.offered("call-1", nth=2)
    await contacts.accept_assignment(name=assignment)
    await agents.set_agent_state(
        name=f"{bank.name}/agents/bob", presence=agent_pb2.PRESENCE_NOT_READY, reason="lunch", after_work=True
    )
    skills = contact_service_pb2.SkillSet(required_skills=[contact_pb2.SkillRequirement(skill_id="english")])
    await contacts.transfer_contact(name=assignment, skills=skills)
    await contacts.extend_wrap_up(name=assignment, remaining=seconds(60))
    await contacts.finish_wrap_up(name=assignment)
    await bank.set_state("ann", agent_pb2.PRESENCE_AVAILABLE)
    _, assignment = await bank.offered("call-1", nth=3)
    await contacts.decline_assignment(name=assignment, retry_after=seconds(3600))
    await agents.pull_contact(name=f"{bank.name}/agents/ann", contact=f"{bank.name}/contacts/call-1")
    await contacts.reschedule_contact(name=f"{bank.name}/contacts/call-1/assignments/4")
    await wait_for_less(bank)
    rule = contact_pb2.OverflowRule
    raised = rule(id="up", after=seconds(0.05), action=contact_pb2.OVERFLOW_ACTION_RAISE_PRIORITY, priority=5)
    anybody = rule(id="any", after=seconds(0.1), action=contact_pb2.OVERFLOW_ACTION_REPLACE_SKILLS)
    await bank.policy(overflow_rules=[raised, anybody])
    await bank.call("call-2", owner="pbx-1", lease=60, english=9)
    await bank.happened("CONTACT_OVERFLOWED", "call-2", nth=2)
    await contacts.cancel_contact(name=f"{bank.name}/contacts/call-2")
    # Nothing happens by itself any more once the truth is asked for.
    await bank.policy(overflow_rules=[])
    body = contact_pb2.Contact(channel=contact_pb2.CHANNEL_CHAT, preferred_agents=[f"{bank.name}/agents/bob"])
    await contacts.enqueue_contact(parent=bank.name, contact_id="chat-1", contact=body)
    await agents.delete_agent(name=f"{bank.name}/agents/bob")
    await bank.client.centers.close_center(name=bank.name)
    await bank.happened("CONTACT_PREFERENCE_ENDED", "chat-1")
    expected = await truth(bank)
    await wait_until(lambda: bank.events[-1].sequence >= expected.center.sequence, "the feed is up to date")
    for event in bank.events:
        replica.take(event)
    assert replica.agents == expected.agents
    assert replica.contacts == expected.contacts
    assert replica.center == expected.center
    assert replica.skills == expected.skills
