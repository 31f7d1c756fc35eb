"""A small bank with a router that works by itself: server and dispatcher, over the cell's store."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from acd.v1 import agent_pb2, center_pb2, contact_pb2, event_pb2
from acd_client import AcdClient
from dispatcher.app import Dispatcher
from tests.support.server import Server
from tests.support.wait import wait_until


def seconds(value: float) -> Duration:
    found = Duration()
    found.FromTimedelta(timedelta(seconds=value))
    return found


class Bank:
    """The bank's center. It hears its own feed, and can wait for what a story expects."""

    def __init__(self, client: AcdClient, center: str) -> None:
        self.client = client
        self.center = center
        self.name = f"centers/{center}"
        self.events: list[event_pb2.Event] = []

    async def open(self) -> None:
        policy = center_pb2.CenterPolicy(offer_timeout=seconds(30), retry_delay=seconds(0.2))
        await self.client.centers.create_center(center_id=self.center, center=center_pb2.Center(policy=policy))
        for skill in ("loans", "english"):
            await self.client.skills.create_skill(parent=self.name, skill_id=skill)

    async def policy(self, **fields: Any) -> None:
        """Changes the fields given."""
        center = center_pb2.Center(name=self.name, policy=center_pb2.CenterPolicy(**fields))
        paths = [f"policy.{name}" for name in fields]
        await self.client.centers.update_center(center=center, update_mask=FieldMask(paths=paths))

    async def listen(self) -> None:
        async with self.client.watch(self.center) as feed:
            async for message in feed:
                if message.HasField("event"):
                    self.events.append(message.event)

    async def agent(self, agent: str, **skills: int) -> None:
        """Signs an agent in, available, with skills and levels."""
        held = [agent_pb2.AgentSkill(skill_id=skill, level=level) for skill, level in skills.items()]
        await self.client.agents.create_agent(parent=self.name, agent_id=agent, agent=agent_pb2.Agent(skills=held))
        await self.set_state(agent, agent_pb2.PRESENCE_AVAILABLE)

    async def set_state(self, agent: str, presence: agent_pb2.Presence.ValueType, reason: str = "") -> None:
        await self.client.agents.set_agent_state(name=f"{self.name}/agents/{agent}", presence=presence, reason=reason)

    async def activity(self, agent: str) -> str:
        response = await self.client.agents.get_agent(name=f"{self.name}/agents/{agent}")
        return agent_pb2.Activity.Name(response.agent.activity).removeprefix("ACTIVITY_")

    async def call(
        self,
        contact: str,
        *,
        channel: contact_pb2.Channel.ValueType = contact_pb2.CHANNEL_VOICE,
        priority: int = 0,
        owner: str = "",
        lease: float = 0,
        **skills: int,
    ) -> None:
        """A customer calls, and needs these skills at these levels."""
        required = [contact_pb2.SkillRequirement(skill_id=skill, min_level=level) for skill, level in skills.items()]
        await self.client.contacts.enqueue_contact(
            parent=self.name,
            contact_id=contact,
            contact=contact_pb2.Contact(channel=channel, required_skills=required, priority=priority, owner=owner),
            owner_lease=seconds(lease) if lease else None,
        )

    async def state(self, contact: str) -> str:
        response = await self.client.contacts.get_contact(name=f"{self.name}/contacts/{contact}")
        return contact_pb2.ContactState.Name(response.contact.state).removeprefix("CONTACT_STATE_")

    async def happened(self, kind: str, contact: str = "", *, nth: int = 1) -> event_pb2.Event:
        """The n-th event of a kind, of a contact if given, once it has come."""
        wanted = event_pb2.EventType.Value(f"EVENT_TYPE_{kind}")

        def found() -> list[event_pb2.Event]:
            name = f"{self.name}/contacts/{contact}"
            matching = [e for e in self.events if e.type == wanted and (not contact or e.contact.name == name)]
            return matching[nth - 1 : nth]

        return (await wait_until(found, f"{kind} of {contact}", timeout=15))[0]  # type: ignore[no-any-return]  # what found() returns

    async def offered(self, contact: str, *, nth: int = 1) -> tuple[str, str]:
        """Who was offered the contact the n-th time, and the name of the assignment."""
        event = await self.happened("CONTACT_OFFERED", contact, nth=nth)
        return event.assignment.agent.rsplit("/", 1)[1], event.assignment.name


@pytest.fixture
async def bank(server: Server, client: AcdClient, center: str) -> AsyncIterator[Bank]:
    bank = Bank(client, center)
    await bank.open()
    async with AcdClient(server.target) as line:
        dispatcher = Dispatcher(line)
        tasks = [asyncio.create_task(dispatcher.run()), asyncio.create_task(bank.listen())]
        yield bank
        dispatcher.stop()
        await tasks[0]
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
