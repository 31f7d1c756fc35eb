"""The same calls on the virtual clock give the same history, byte by byte, however many dispatchers there are."""

import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import agent_pb2, center_pb2, contact_pb2
from acd.v1.event_pb2 import (
    EVENT_TYPE_CENTER_SETTLED,
    EVENT_TYPE_CONTACT_ABANDONED,
    EVENT_TYPE_CONTACT_ACCEPTED,
    EVENT_TYPE_CONTACT_EXPIRED,
    EVENT_TYPE_CONTACT_MISSED,
    EVENT_TYPE_CONTACT_OFFERED,
    EVENT_TYPE_SKILL_DELETED,
    Event,
)
from acd_client import AcdClient, Feed
from acd_server.store import Store
from tests.store.consistency import check
from tests.support import keyspace
from tests.support.cells import Cell
from tests.support.dispatching import dispatching
from tests.support.redis_process import Store as StoreProcesses
from tests.support.server import running

SECOND = 1_000_000
START = 1_800_000_000 * SECOND
CENTER = "same"
NAME = f"centers/{CENTER}"


@dataclass
class History:
    events: list[Event] = field(default_factory=list)
    keys: keyspace.Keyspace = field(default_factory=dict)

    @property
    def bytes(self) -> list[bytes]:
        return [event.SerializeToString(deterministic=True) for event in self.events]

    def count(self, kind: int) -> int:
        return sum(event.type == kind for event in self.events)


class Script:
    """What callers and agents do: decided by a seed and by the events, one call after the other."""

    def __init__(self, client: AcdClient, feed: Feed, history: History) -> None:
        self.client = client
        self.feed = feed
        self.history = history
        self.random = random.Random(11)
        self.now = START
        self.active: list[str] = []

    async def advance(self, seconds: float) -> None:
        """Lets time pass; whatever happens meanwhile is answered at the moment when it happens."""
        self.now += round(seconds * SECOND)
        while True:
            reply = await self.client.simulation.advance_clock(
                name=NAME, until=time_of(self.now), seen_sequence=self.seen
            )
            if reply.sequence == self.seen:
                return
            while self.seen < reply.sequence:
                message = await anext(self.feed)
                if message.HasField("event"):
                    self.history.events.append(message.event)
                    await self.react(message.event)

    @property
    def seen(self) -> int:
        return self.history.events[-1].sequence if self.history.events else 1

    async def react(self, event: Event) -> None:
        contacts, name = self.client.contacts, event.assignment.name
        if event.type == EVENT_TYPE_CONTACT_OFFERED:
            choice = self.random.random()
            if choice < 0.6:
                await contacts.accept_assignment(name=name)
            elif choice < 0.8:
                await contacts.decline_assignment(name=name)
        elif event.type == EVENT_TYPE_CONTACT_ACCEPTED:
            self.active.append(name)

    async def set_up(self) -> None:
        policy = center_pb2.CenterPolicy(max_missed_offers=0)
        policy.offer_timeout.seconds, policy.wrap_up_time.seconds, policy.retry_delay.seconds = 20, 10, 5
        policy.max_wait.seconds, policy.retention.seconds = 240, 90
        await self.client.centers.update_center(center=center_pb2.Center(name=NAME, policy=policy))
        await self.advance(0)
        for skill in ("billing", "sales", "rare"):
            await self.client.skills.create_skill(parent=NAME, skill_id=skill)
        # The walk of a class that only the last of these satisfy takes several calls.
        for number in range(130):
            skills = [agent_pb2.AgentSkill(skill_id="billing", level=9 if number >= 127 else 1 + number % 3)]
            if number % 4 == 0:
                skills.append(agent_pb2.AgentSkill(skill_id="sales"))
            if number < 40:
                skills.append(agent_pb2.AgentSkill(skill_id="rare"))
            agent = agent_pb2.Agent(skills=skills)
            await self.client.agents.create_agent(parent=NAME, agent_id=f"a{number:03}", agent=agent)
            await self.available(number)

    async def available(self, number: int) -> None:
        name = f"{NAME}/agents/a{number:03}"
        await self.client.agents.set_agent_state(name=name, presence=agent_pb2.PRESENCE_AVAILABLE)

    async def enqueue(self, contact: str, skills: dict[str, int], *, owner: str = "", priority: int = 0) -> None:
        required = [contact_pb2.SkillRequirement(skill_id=skill, min_level=level) for skill, level in skills.items()]
        body = contact_pb2.Contact(
            channel=contact_pb2.CHANNEL_VOICE, required_skills=required, owner=owner, priority=priority
        )
        await self.client.contacts.enqueue_contact(parent=NAME, contact_id=contact, contact=body)

    async def any_enqueue(self, number: int) -> None:
        level = self.random.choice((1, 2, 3, 9))
        skills = self.random.choice(({"billing": level}, {"sales": 1}, {"rare": 1}, {}))
        await self.enqueue(f"c{number:04}", skills, priority=self.random.choice((0, 0, 5)))

    async def complete_some(self) -> None:
        self.random.shuffle(self.active)
        for _ in range(len(self.active) // 2):
            await self.client.contacts.complete_contact(name=self.active.pop())

    async def play(self) -> None:
        await self.set_up()
        number = 0
        for _ in range(4):
            # Many at one moment, and the dispatchers must not be able to tell how fast we are.
            for _ in range(self.random.randrange(20, 40)):
                await self.any_enqueue(number)
                number += 1
            await self.advance(self.random.random() * 8)
            await self.complete_some()
            await self.advance(self.random.random() * 15)
        await self.owners_lost()
        await self.client.skills.delete_skill(name=f"{NAME}/skills/rare", force=True)
        await self.enqueue("last", {"billing": 1})
        await self.complete_some()
        for hopeless in range(40):
            await self.enqueue(f"h{hopeless:02}", {"sales": 10})
        await self.advance(30)
        await self.client.centers.close_center(name=NAME, waiting=center_pb2.WAITING_ACTION_EXPIRE)
        await self.advance(500)

    async def owners_lost(self) -> None:
        """Forty leases that end at the same microsecond, each of an owner with contacts that nobody can take."""
        for number in range(40):
            for contact in range(2):
                await self.enqueue(f"o{number:02}-{contact}", {"rare": 10, "sales": 10}, owner=f"pbx-{number:02}")
        for number in range(40):
            await self.client.contacts.renew_owner(
                parent=NAME, owner=f"pbx-{number:02}", owner_lease=Duration(seconds=15)
            )
        await self.advance(16)


def time_of(us: int) -> Timestamp:
    made = Timestamp()
    made.FromMicroseconds(us)
    return made


async def run(url: str, cell: Cell, processes: StoreProcesses, dispatchers: int) -> History:
    """One run of the script on an empty store, which is empty again afterwards."""
    history = History()
    store = await Store.open(url, documents=cell.documents, clock="virtual")
    try:
        async with running(store, clock="virtual") as server, AsyncExitStack() as stack:
            client = await stack.enter_async_context(AcdClient(server.target))
            for _ in range(dispatchers):
                await stack.enter_async_context(dispatching(server.target))
            await client.centers.create_center(center_id=CENTER)
            token = (await client.centers.get_center_snapshot(name=NAME)).resume_token
            feed = await stack.enter_async_context(client.watch(CENTER, resume_token=token))
            await Script(client, feed, history).play()
        await check(store, CENTER)
        history.keys = lasting(keyspace.dump(processes))
    finally:
        await store.close()
    keyspace.flush(processes)
    return history


def lasting(space: keyspace.Keyspace) -> keyspace.Keyspace:
    """The keyspace but for what is new in every run: the incarnation, request ids of the client, how far feeds read."""
    prefix = f"{{{CENTER}}}:"
    kept = {
        key: value for key, value in space.items() if not key.startswith((f"{prefix}request:", f"{prefix}confirmed"))
    }
    del kept[f"{prefix}clock"]["incarnation"]
    return kept


@pytest.mark.timeout(240)
async def test_the_same_calls_give_the_same_history(clean_store: StoreProcesses, cell: Cell) -> None:
    first, again, two = [await run(clean_store.url, cell, clean_store, dispatchers) for dispatchers in (1, 1, 2)]
    # It must have been worth it.
    assert first.count(EVENT_TYPE_CONTACT_OFFERED) > 100
    assert first.count(EVENT_TYPE_CONTACT_MISSED) > 16
    assert first.count(EVENT_TYPE_CONTACT_EXPIRED) > 16
    assert first.count(EVENT_TYPE_CONTACT_ABANDONED) == 80
    assert first.count(EVENT_TYPE_SKILL_DELETED) == 1
    assert first.count(EVENT_TYPE_CENTER_SETTLED) == 1
    for other in (again, two):
        assert other.bytes == first.bytes
        assert other.keys == first.keys
