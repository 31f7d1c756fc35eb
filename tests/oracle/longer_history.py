"""Histories with contacts for a named agent, pulls, later times and agents who drain."""

from acd.v1 import event_pb2 as events
from acd.v1.center_pb2 import Center, CenterPolicy, Strategy
from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_COMPLETED,
    CHANNEL_VOICE,
    CONTACT_STATE_QUEUED,
    CONTACT_STATE_SCHEDULED,
    OUTCOME_NOT_REACHED,
)
from tests.oracle.history import SECOND, START, History, stamp


class LongerHistory(History):
    """Times are seconds from the start of the history."""

    def choose_by(self, strategy: "Strategy.ValueType") -> None:
        """Another policy holds from now on."""
        center = Center(name="centers/c", policy=CenterPolicy(strategy=strategy))
        self._add(events.EVENT_TYPE_CENTER_UPDATED, center=center)

    def agent_with_room(self, name: str, capacity: int, cost: int) -> None:
        """Signed in; a call costs so much of the capacity."""
        self.agent(name, available=False)
        self.agents[name].effective_capacity = capacity
        self.agents[name].effective_channel_capacity.add(channel=CHANNEL_VOICE, cost=cost, max_contacts=50)
        self.sign_in(name)

    def offer_of_many(self, name: str, agent: str, *, full: bool = False) -> None:
        """An offer to who holds others; unless it fills him up, he goes to the end of the line."""
        self.offer(name, agent)
        if not full:
            self.agents[agent].idle_time.CopyFrom(stamp(self.now))
            self.events[-1].agent.CopyFrom(self.agents[agent])

    def close(self) -> None:
        self._add(events.EVENT_TYPE_CENTER_CLOSED, center=self.events[0].center)

    def drain(self, name: str) -> None:
        """Takes nothing new until what is held has ended."""
        self.agents[name].draining = True
        self._add(events.EVENT_TYPE_AGENT_STATE_CHANGED, agent=self.agents[name])

    def enqueue_for(self, name: str, agent: str, **skills: int) -> None:
        """A contact for a named agent."""
        self.enqueue(name, **skills)
        self.contacts[name].target_agent = self.agents[agent].name
        self.events[-1].contact.CopyFrom(self.contacts[name])

    def give_up(self, name: str) -> None:
        """The named agent is waited for no longer."""
        self.contacts[name].ClearField("target_agent")
        self._add(events.EVENT_TYPE_CONTACT_UPDATED, contact=self.contacts[name])

    def pull(self, name: str, agent: str) -> None:
        """The agent takes the contact past the order."""
        self.offer(name, agent)
        self.contacts[name].assignment.pulled = True
        self.events[-1].assignment.pulled = True
        self.events[-1].contact.CopyFrom(self.contacts[name])
        self.accept(name)

    def schedule(self, name: str, at: float, **skills: int) -> None:
        """A contact for a later time."""
        self.enqueue(name, **skills)
        event = self.events[-1]
        event.type = events.EVENT_TYPE_CONTACT_SCHEDULED
        self.contacts[name].state = CONTACT_STATE_SCHEDULED
        self.contacts[name].schedule_time.CopyFrom(stamp(START + int(at * SECOND)))
        event.contact.CopyFrom(self.contacts[name])

    def begin(self, name: str) -> None:
        """The time has come."""
        self.contacts[name].state = CONTACT_STATE_QUEUED
        self.contacts[name].enqueue_time.CopyFrom(stamp(self.now + 1))
        self._add(events.EVENT_TYPE_CONTACT_QUEUED, contact=self.contacts[name])

    def reschedule(self, name: str, at: float) -> None:
        """Nobody answered: the contact is tried again."""
        self.contacts[name].assignment.outcome = OUTCOME_NOT_REACHED
        self.contacts[name].schedule_time.CopyFrom(stamp(START + int(at * SECOND)))
        self._move(name, events.EVENT_TYPE_CONTACT_SCHEDULED, CONTACT_STATE_SCHEDULED, ASSIGNMENT_STATE_COMPLETED)

    def decline_for(self, name: str, seconds: float) -> None:
        """Declined, with a bar of its own; 0: none."""
        before, self.retry_delay = self.retry_delay, int(seconds * SECOND)
        self.decline(name)
        self.retry_delay = before
