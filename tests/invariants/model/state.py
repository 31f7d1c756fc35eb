"""The state that all parts of the model share, and what they call of each other."""

import abc
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from acd_server.policy import Value, default_of
from tests.invariants.model.records import (
    CHANNELS,
    START,
    ModelAgent,
    ModelAssignment,
    ModelContact,
    Order,
    Refused,
    Room,
)

STRICT = 10**14
"""Microseconds: more than any wait."""


@dataclass
class State(abc.ABC):
    """A center as the model sees it."""

    policy: dict[str, Value] = field(default_factory=dict)
    """By the store's names, durations in microseconds; what is not here has its default."""
    now: int = START
    """Time as the test passes it: stamps are a few microseconds later."""
    open: bool = True
    skills: dict[str, bool] = field(default_factory=dict)
    """Skill → whether it is being deleted."""
    jobs: dict[str, Any] = field(default_factory=dict)
    """What is done in steps, and how far it is."""
    agents: dict[str, ModelAgent] = field(default_factory=dict)
    contacts: dict[str, ModelContact] = field(default_factory=dict)
    stamp: int = 0
    """The newest stamp of the center, which the machine hears."""
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def tick(self) -> int:
        """An order in time, not a time."""
        return next(self._count)

    def at(self) -> int:
        """The stamp of the next transition."""
        return max(self.now, self.stamp + 1)

    def rule(self, name: str) -> int:
        """A rule of the policy that is a number, a duration or a flag."""
        return int(self.policy.get(name, default_of(name)) or 0)

    def choice(self, name: str) -> str:
        """A rule of the policy that is a word."""
        return str(self.policy.get(name, default_of(name)))

    def assignment(self, name: str, number: int) -> ModelAssignment:
        return self.contacts[name].assignments[number - 1]

    def place(self, time: int) -> Order:
        """A contact's place by `time`, behind those that have the same."""
        return time, self.tick()

    def take_place(self, contact: ModelContact) -> None:
        """Its rank by the rule that is in force now: a point of priority under STRICT is more than any wait."""
        weight = STRICT if self.choice("priority_rule") == "STRICT" else self.rule("head_start")
        time, tick = contact.place
        contact.rank = (time - contact.credit - contact.priority * weight, tick)

    def enter_queue(self, contact: ModelContact) -> None:
        """Skills that are gone, or going, are required no more."""
        contact.state, contact.queued, contact.back = "QUEUED", self.tick(), self.now
        for skill in [skill for skill in contact.named if self.skills.get(skill, True)]:
            contact.forget(skill)
        self.look_for_preferred(contact)
        self.join(contact)

    def check_skills(self, skills: Iterable[str]) -> None:
        """Raises Refused for one that cannot be given or required."""
        for skill in sorted(skills):
            if self.skills.get(skill, True):
                raise Refused("SKILL_DELETING" if skill in self.skills else "RESOURCE_NOT_FOUND")

    def room_of(self, agent: ModelAgent) -> Room:
        """What the agent can hold by his own rules, else the policy's."""
        common = json.loads(self.choice("channel_capacity"))
        channels = {
            channel: {"cost": 100, "most": 50} | common.get(channel, {}) | dict(agent.own_costs.get(channel, {}))
            for channel in CHANNELS
        }
        return Room(
            agent.capacity or self.rule("agent_capacity"),
            {channel: (rule["cost"], rule["most"]) for channel, rule in channels.items()},
        )

    def refuse(self, assignment: ModelAssignment) -> None:
        """Raises what a verb says that quotes an assignment in a state in which the verb may not."""
        stale = assignment.state in ("DECLINED", "MISSED", "REVOKED", "TRANSFERRED")
        gone = assignment.outcome in ("TRANSFERRED", "NOT_REACHED")
        raise Refused("STALE_ASSIGNMENT" if stale or gone else "WRONG_STATE")

    def free(self, name: str, number: int, *, idle: bool) -> None:
        """The agent holds the assignment no more; `idle` starts his idle time anew."""
        agent = self.agents[self.assignment(name, number).agent]
        agent.holds.remove((name, number))
        del agent.costs[name, number]
        if idle:
            agent.idle = self.tick()

    @abc.abstractmethod
    def join(self, contact: ModelContact) -> None:
        """A queued contact comes to what it requires now."""

    @abc.abstractmethod
    def reconsider(self) -> None:
        """Somebody signed out, or can do less."""

    @abc.abstractmethod
    def stop_steps(self, contact: ModelContact) -> None: ...

    @abc.abstractmethod
    def end_steps(self, contact: ModelContact) -> None: ...

    @abc.abstractmethod
    def remove_skill(self, name: str, skill: str) -> None: ...

    @abc.abstractmethod
    def resize(self, agent: ModelAgent) -> None: ...

    @abc.abstractmethod
    def set_presence(
        self, name: str, presence: str, reason: str = "", following: tuple[str, str] = ("", "")
    ) -> None: ...

    @abc.abstractmethod
    def after_work(self, name: str) -> None: ...

    @abc.abstractmethod
    def offer(self, name: str, agent: str) -> None: ...

    @abc.abstractmethod
    def accept(self, name: str, number: int) -> None: ...

    @abc.abstractmethod
    def end_offer(self, name: str, number: int, state: str, revoke: str, delay: int = 0) -> None: ...

    @abc.abstractmethod
    def end_service(self, name: str, number: int, outcome: str) -> None: ...

    @abc.abstractmethod
    def finish(self, name: str, number: int) -> None: ...

    @abc.abstractmethod
    def leave(self, name: str, state: str, reason: str) -> None: ...

    @abc.abstractmethod
    def look_for_preferred(self, contact: ModelContact) -> None:
        """A contact that holds out enters the queue: it does so no longer if there is nobody or no time left."""
