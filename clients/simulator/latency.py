"""How long an idle router takes from an enqueue to the offer on a feed, an agent being free."""

import asyncio
import time

from google.protobuf.duration_pb2 import Duration

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_OFFLINE, Agent, AgentSkill
from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.contact_pb2 import CHANNEL_VOICE, Contact, SkillRequirement
from acd.v1.event_pb2 import EVENT_TYPE_CONTACT_OFFERED, Event
from acd_client import AcdClient, Feed, agent_name, center_name

REPEATS = 200
WARM_UP = 5
PAUSE = 0.02
"""Wall seconds of rest between two contacts, so that nothing is left to do."""


async def measure(client: AcdClient, center: str, repeats: int = REPEATS) -> list[float]:
    """Wall seconds from sending `EnqueueContact` to reading the offer from the center's feed, one contact at a time."""
    name, agent = center_name(center), agent_name(center, "probe")
    policy = CenterPolicy(offer_timeout=Duration(seconds=30))
    await client.centers.create_center(center_id=center, center=Center(display_name="Latency", policy=policy))
    await client.skills.create_skill(parent=name, skill_id="probe")
    await client.agents.create_agent(
        parent=name, agent_id="probe", agent=Agent(skills=[AgentSkill(skill_id="probe", level=1)])
    )
    snapshot = await client.centers.get_center_snapshot(name=name)
    found = []
    async with client.watch(center, resume_token=snapshot.resume_token) as feed:
        await client.agents.set_agent_state(name=agent, presence=PRESENCE_AVAILABLE)
        for number in range(WARM_UP + repeats):
            found.append(await _once(client, feed, name, number))
            await asyncio.sleep(PAUSE)
    await client.agents.set_agent_state(name=agent, presence=PRESENCE_OFFLINE)
    return found[WARM_UP:]


async def _once(client: AcdClient, feed: Feed, center: str, number: int) -> float:
    contact = Contact(channel=CHANNEL_VOICE, required_skills=[SkillRequirement(skill_id="probe")])
    offer = asyncio.ensure_future(_next_offer(feed))
    start = time.perf_counter()
    await client.contacts.enqueue_contact(parent=center, contact_id=f"probe-{number}", contact=contact)
    event, seen = await offer
    await client.contacts.accept_assignment(name=event.assignment.name)
    await client.contacts.complete_contact(name=event.assignment.name)
    return seen - start


async def _next_offer(feed: Feed) -> tuple[Event, float]:
    async for message in feed:
        if message.HasField("event") and message.event.type == EVENT_TYPE_CONTACT_OFFERED:
            return message.event, time.perf_counter()
    raise AssertionError("a feed does not end by itself")
