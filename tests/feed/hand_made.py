"""A center whose events are made by hand, for feeds without a store."""

import asyncio
import dataclasses
import random
from collections.abc import Callable
from typing import Any

from acd.v1.agent_pb2 import Agent
from acd.v1.contact_pb2 import Assignment, Contact, SkillRequirement
from acd.v1.event_pb2 import Event
from acd_server.feed import FeedHub
from acd_server.store.events import History, StoredEvent
from acd_server.validation import Watch

CENTER = "feeds"
AGENTS, OWNERS, SKILLS = ("ada", "bob", "cyd"), ("edge-1", "edge-2"), ("billing", "cards", "loans")


@dataclasses.dataclass(frozen=True)
class Limits:
    max_feeds_per_center: int = 200
    feed_checkpoint_s: float = 60.0
    feed_max_life_s: float = 1800.0


class HandMade:
    """Stands for a store: as much of it as a hub asks for, with one center."""

    def __init__(self) -> None:
        self.made = [Event()]
        self.confirmed = 0
        self.reads = 0
        self.events = self.wakes = self.contacts = self
        self._wake: Callable[[str], None] = lambda _center: None

    @property
    def last(self) -> int:
        return len(self.made)

    def happen(self, *events: Event) -> None:
        self.made += events
        self._wake(CENTER)

    def to_event(self, _center: str, stored: StoredEvent) -> Event:
        """In the place of the function that reads documents."""
        return Event(sequence=stored.sequence, **_fields(self.made[stored.sequence - 1]))

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self._wake = listener
        return lambda: None

    async def read_events(self, _center: str, *, first: int, limit: int) -> History:
        self.reads += 1
        await asyncio.sleep(0)
        numbers = range(max(1, first), min(self.last, first + limit - 1) + 1)
        events = [StoredEvent(number, {"time": str(number)}) for number in numbers]
        return History("incarnation", self.last, self.last, 1, 1, events)

    async def confirm_events(self, _center: str, *, sequence: int, stamp: int) -> None:
        assert stamp == sequence
        await asyncio.sleep(0)
        self.confirmed = max(self.confirmed, sequence)

    async def list_contacts(self, _center: str, **_: Any) -> tuple[list[Contact], str]:
        return [], ""

    def hub(self) -> FeedHub:
        store: Any = self
        return FeedHub(store, Limits())


def _fields(event: Event) -> dict[str, Any]:
    return {field.name: value for field, value in event.ListFields()}


def watch(*, agent: str = "", skills: frozenset[str] = frozenset(), owner: str = "", interval_s: float = 0.0) -> Watch:
    return Watch(CENTER, agent, skills, owner, "", interval_s)


def agent_name(agent: str) -> str:
    return f"centers/{CENTER}/agents/{agent}"


def of_agent(agent: str) -> Event:
    return Event(agent=Agent(name=agent_name(agent)))


def random_event(draw: random.Random) -> Event:
    """Of an agent, of a contact, of both or of neither, in every mixture of who and what."""
    event = Event()
    if draw.random() < 0.4:
        event.agent.name = agent_name(draw.choice(AGENTS))
    if draw.random() < 0.7:
        event.contact.owner = draw.choice((*OWNERS, ""))
        for field in (event.contact.required_skills, event.contact.current_skills):
            field.extend(SkillRequirement(skill_id=skill) for skill in draw.sample(SKILLS, draw.randrange(3)))
        if draw.random() < 0.5:
            event.contact.assignment.agent = agent_name(draw.choice(AGENTS))
        if draw.random() < 0.5:
            event.assignment.CopyFrom(Assignment(agent=agent_name(draw.choice(AGENTS))))
    return event


def random_watch(draw: random.Random, interval_s: float) -> Watch:
    return draw.choice(
        (
            watch(interval_s=interval_s),
            watch(agent=draw.choice((*AGENTS, "nobody")), interval_s=interval_s),
            watch(skills=frozenset(draw.sample((*SKILLS, "none"), draw.randint(1, 3))), interval_s=interval_s),
            watch(owner=draw.choice((*OWNERS, "nobody")), interval_s=interval_s),
        )
    )


def plainly_wanted(wanted: Watch, event: Event) -> bool:
    """The contract's words on a filter, without an index."""
    if wanted.agent:
        return agent_name(wanted.agent) in {event.agent.name, event.assignment.agent}
    if wanted.skill_ids:
        needed = (*event.contact.required_skills, *event.contact.current_skills)
        return any(item.skill_id in wanted.skill_ids for item in needed)
    if wanted.owner:
        return event.contact.owner == wanted.owner
    return True
