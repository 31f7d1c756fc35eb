"""A center as its events alone describe it: what the order oracle judges by.

Knows nothing of the router but the rules on paper (DESIGN 2) and the messages on
the feed. Times are microseconds of the center's clock.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_OFFLINE, Agent
from acd.v1.contact_pb2 import CONTACT_STATE_QUEUED, Contact


def micros(value: Timestamp | Duration) -> int:
    """Whole microseconds of a time or a length."""
    return value.seconds * 1_000_000 + value.nanos // 1000


class Rank(NamedTuple):
    """Place in the order: the higher priority first, then the older contact. The smaller rank goes first."""

    minus_priority: int
    enqueued: int


class Requirement(NamedTuple):
    """What an agent must have: pairs of skill and least level, by skill."""

    skills: tuple[tuple[str, int], ...]
    only: str = ""
    """The named agent, whose skills do not matter."""

    @classmethod
    def of(cls, contact: Contact) -> "Requirement":
        if contact.target_agent:
            return cls((), contact.target_agent)
        return cls(tuple(sorted((need.skill_id, need.min_level or 1) for need in contact.required_skills)))


@dataclass(slots=True)
class AgentModel:
    name: str
    presence: int = PRESENCE_OFFLINE
    skills: dict[str, int] = field(default_factory=dict)
    idle: int = 0
    """Start of idle time; 0 when never available."""
    held: set[str] = field(default_factory=set)
    """Names of the assignments that are not at an end."""
    free_since: int = 0
    draining: bool = False
    """Takes nothing new."""
    listed: tuple[int, str] | None = None
    """Entry in the list of free agents."""

    @property
    def free(self) -> bool:
        return self.presence == PRESENCE_AVAILABLE and not self.held and not self.draining

    def satisfies(self, requirement: Requirement) -> bool:
        return requirement.only in ("", self.name) and all(
            self.skills.get(skill, 0) >= level for skill, level in requirement.skills
        )

    def take_skills(self, document: Agent) -> None:
        self.skills = {skill.skill_id: skill.level or 1 for skill in document.skills}


@dataclass(slots=True)
class ContactModel:
    name: str
    rank: Rank
    requirement: Requirement
    state: int = CONTACT_STATE_QUEUED
    waiting_since: int = 0
    """When it last came to the queue."""
    assignment: str = ""
    """Newest one."""
    agent: str = ""
    """Who holds the newest one."""
    offers: int = 0
    bars: dict[str, int] = field(default_factory=dict)
    """Agent to the end of the time for which he is not offered this contact."""


class Waiting:
    """Waiting contacts by requirement, each list in rank order."""

    def __init__(self) -> None:
        self._lists: dict[Requirement, list[tuple[Rank, str]]] = {}

    def add(self, contact: ContactModel) -> None:
        insort(self._lists.setdefault(contact.requirement, []), (contact.rank, contact.name))

    def remove(self, contact: ContactModel) -> None:
        ranked = self._lists.get(contact.requirement, [])
        index = bisect_left(ranked, (contact.rank, contact.name))
        if index < len(ranked) and ranked[index][1] == contact.name:
            del ranked[index]
        if not ranked:
            self._lists.pop(contact.requirement, None)

    def before(self, rank: Rank, agent: AgentModel) -> Iterator[str]:
        """Contacts of a better rank whose requirement the agent satisfies, list by list."""
        for requirement, ranked in self._lists.items():
            if ranked[0][0] < rank and agent.satisfies(requirement):
                for other, name in ranked:
                    if other >= rank:
                        break
                    yield name

    def __len__(self) -> int:
        return sum(len(ranked) for ranked in self._lists.values())


class FreeAgents:
    """Agents who can take a contact, the longest available first."""

    def __init__(self) -> None:
        self._ranked: list[tuple[int, str]] = []

    def update(self, agent: AgentModel, now: int) -> None:
        """Lists the agent, or takes him off, as he is now."""
        entry = (agent.idle, agent.name) if agent.free else None
        if entry == agent.listed:
            return
        if agent.listed:
            del self._ranked[bisect_left(self._ranked, agent.listed)]
        if entry:
            insort(self._ranked, entry)
            agent.free_since = now
        agent.listed = entry

    def before(self, idle: int) -> Iterator[str]:
        """Free agents whose idle time began earlier."""
        for other, name in self._ranked:
            if other >= idle:
                return
            yield name
