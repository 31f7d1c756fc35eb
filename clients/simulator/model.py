"""A center as its events alone describe it: what the order oracle judges by.

Knows nothing of the router but the rules on paper (DESIGN 2) and the messages on
the feed. Times are microseconds of the center's clock.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_OFFLINE, Agent
from acd.v1.contact_pb2 import CONTACT_STATE_QUEUED, Channel, Contact


def micros(value: Timestamp | Duration) -> int:
    """Whole microseconds of a time or a length."""
    return value.seconds * 1_000_000 + value.nanos // 1000


Rank = int
"""Place in the order, in microseconds: the smaller rank goes first."""

STRICT = 10**14
"""What a point of priority is worth in microseconds, where no head start is set."""
NUDGE = 20_000
"""Microseconds by which the router keeps equal ranks apart, at most."""


def rank_of(document: Contact, place: int, weight: int) -> Rank:
    """By the rule: the place, a time, less credit and what priority is worth.

    Of a document that names a rank next to that, it is the one named: equal ranks are kept apart.
    """
    rank = place - micros(document.credit) - document.priority * weight
    return document.rank if abs(document.rank - rank) <= NUDGE else rank


class Requirement(NamedTuple):
    """What an agent must have: room for the channel, and pairs of skill and least level, by skill."""

    skills: tuple[tuple[str, int], ...]
    channel: int
    only: str = ""
    """The named agent, whose skills do not matter."""
    preferred: tuple[str, ...] = ()
    """Agents held out for: nobody else may be offered the contact now."""

    @classmethod
    def of(cls, contact: Contact, refused: AbstractSet[str] = frozenset()) -> "Requirement":
        """`refused` are the agents who declined or missed it: it does not hold out for them."""
        if contact.target_agent:
            return cls((), contact.channel, contact.target_agent)
        skills = tuple(sorted((need.skill_id, need.min_level or 1) for need in contact.current_skills))
        held_out = contact.HasField("preferred_until")
        preferred = tuple(sorted(set(contact.preferred_agents) - refused)) if held_out else ()
        return cls(skills, contact.channel, preferred=preferred)


CHANNELS = tuple(value for value in Channel.values() if value)
PLAIN_RULE = (100, 50)
"""Cost of a contact, and the most that are held at once, when nobody says."""


@dataclass(slots=True)
class AgentModel:
    name: str
    presence: int = PRESENCE_OFFLINE
    skills: dict[str, int] = field(default_factory=dict)
    idle: int = 0
    """Start of idle time; 0 when never available."""
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Names of the assignments that are not at an end, with their channel and cost."""
    capacity: int = 100
    rules: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Channel to the cost of a contact and the most that may be held; not listed: the defaults."""
    last_offer: int = 0
    """0: never any."""
    free_since: int = 0
    draining: bool = False
    """Takes nothing new."""
    listed: tuple[int, str] | None = None
    """Entry in the list of free agents."""
    open: tuple[int, ...] = ()
    """Channels that the agent could take when listed."""

    @property
    def used(self) -> int:
        """What the contacts held were charged."""
        return sum(charged for _, charged in self.held.values())

    def takes(self, channel: int) -> bool:
        """Whether the agent has room for one more contact of the channel."""
        cost, most = self.rules.get(channel, PLAIN_RULE)
        count = sum(of == channel for of, _ in self.held.values())
        on_duty = self.presence == PRESENCE_AVAILABLE and not self.draining
        return on_duty and self.used + cost <= self.capacity and count < most

    def open_channels(self) -> tuple[int, ...]:
        return tuple(channel for channel in CHANNELS if self.takes(channel))

    def hold(self, assignment: str, channel: int) -> None:
        self.held[assignment] = (channel, self.rules.get(channel, PLAIN_RULE)[0])

    def satisfies(self, requirement: Requirement) -> bool:
        wanted = not requirement.preferred or self.name in requirement.preferred
        return wanted and self.takes(requirement.channel) and self.has_skills(requirement)

    def has_skills(self, requirement: Requirement) -> bool:
        return requirement.only in ("", self.name) and all(
            self.skills.get(skill, 0) >= level for skill, level in requirement.skills
        )

    def take_rules(self, document: Agent) -> None:
        """What the agent can do and hold."""
        self.capacity = document.effective_capacity or 100
        self.rules = {rule.channel: (rule.cost, rule.max_contacts) for rule in document.effective_channel_capacity}
        self.skills = {skill.skill_id: skill.level or 1 for skill in document.skills}


@dataclass(slots=True)
class ContactModel:
    name: str
    rank: Rank
    place: int
    """The time by which it stands in line."""
    requirement: Requirement
    state: int = CONTACT_STATE_QUEUED
    waiting_since: int = 0
    """When it last came to the queue."""
    assignment: str = ""
    """Newest one."""
    agent: str = ""
    """Who holds the newest one."""
    offers: int = 0
    priority: int = 0
    fired: tuple[str, ...] = ()
    """Overflow rules that have fired."""
    bars: dict[str, int] = field(default_factory=dict)
    """Agent to the end of the time for which he is not offered this contact."""
    refused: set[str] = field(default_factory=set)
    """Agents who declined or missed it since it began to hold out for those whom it prefers."""


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
        channels = agent.open_channels()
        entry = (agent.idle, agent.name) if channels else None
        if not set(channels) <= set(agent.open):
            agent.free_since = now
        agent.open = channels
        if entry == agent.listed:
            return
        if agent.listed:
            del self._ranked[bisect_left(self._ranked, agent.listed)]
        if entry:
            insort(self._ranked, entry)
            agent.free_since = now
        agent.listed = entry

    def __iter__(self) -> Iterator[str]:
        return (name for _, name in self._ranked)

    def before(self, idle: int) -> Iterator[str]:
        """Free agents whose idle time began earlier."""
        for other, name in self._ranked:
            if other >= idle:
                return
            yield name
