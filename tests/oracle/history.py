"""Writes the events of a small center by hand, right or wrong as a test wishes."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from acd.v1 import event_pb2 as events
from acd.v1.agent_pb2 import PRESENCE_AVAILABLE, PRESENCE_OFFLINE, Agent, AgentSkill
from acd.v1.center_pb2 import Center
from acd.v1.contact_pb2 import (
    ASSIGNMENT_STATE_ACTIVE,
    ASSIGNMENT_STATE_COMPLETED,
    ASSIGNMENT_STATE_DECLINED,
    ASSIGNMENT_STATE_MISSED,
    ASSIGNMENT_STATE_OFFERED,
    ASSIGNMENT_STATE_REVOKED,
    ASSIGNMENT_STATE_WRAP_UP,
    CHANNEL_VOICE,
    CONTACT_STATE_ABANDONED,
    CONTACT_STATE_ACTIVE,
    CONTACT_STATE_COMPLETED,
    CONTACT_STATE_EXPIRED,
    CONTACT_STATE_OFFERED,
    CONTACT_STATE_QUEUED,
    CONTACT_STATE_WRAP_UP,
    Assignment,
    AssignmentState,
    Contact,
    ContactState,
    SkillRequirement,
)
from acd.v1.event_pb2 import Event, EventType

START = 1_700_000_000_000_000
SECOND = 1_000_000


def stamp(micros: int) -> Timestamp:
    return Timestamp(seconds=micros // SECOND, nanos=micros % SECOND * 1000)


class History:
    """Each verb appends one event; the documents follow the rules unless a test spoils them."""

    def __init__(self, retry_delay: float = 5.0) -> None:
        self.events: list[Event] = []
        self.now = START
        self.sequence = 0
        self.agents: dict[str, Agent] = {}
        self.contacts: dict[str, Contact] = {}
        self.retry_delay = int(retry_delay * SECOND)
        self._add(events.EVENT_TYPE_CENTER_UPDATED, center=Center(name="centers/c"))

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def agent(self, name: str, *, available: bool = True, **skills: int) -> None:
        held = [AgentSkill(skill_id=skill, level=level) for skill, level in skills.items()]
        self.agents[name] = Agent(name=f"centers/c/agents/{name}", skills=held, presence=PRESENCE_OFFLINE)
        self._add(events.EVENT_TYPE_AGENT_CREATED, agent=self.agents[name])
        if available:
            self.sign_in(name)

    def sign_in(self, name: str) -> None:
        agent = self.agents[name]
        agent.presence = PRESENCE_AVAILABLE
        agent.idle_time.CopyFrom(stamp(self.now + 1))
        self._add(events.EVENT_TYPE_AGENT_STATE_CHANGED, agent=agent)

    def sign_out(self, name: str) -> None:
        self.agents[name].presence = PRESENCE_OFFLINE
        self._add(events.EVENT_TYPE_AGENT_STATE_CHANGED, agent=self.agents[name])

    def enqueue(self, name: str, *, priority: int = 0, **skills: int) -> None:
        self._enqueue(name, priority, skills, [])

    def prefer(self, name: str, *agents: str, **skills: int) -> None:
        """A contact that holds out for these agents, until `give_up`."""
        self._enqueue(name, 0, skills, agents)

    def _enqueue(self, name: str, priority: int, skills: Mapping[str, int], preferred: Sequence[str]) -> None:
        needs = [SkillRequirement(skill_id=skill, min_level=level) for skill, level in skills.items()]
        contact = Contact(
            name=f"centers/c/contacts/{name}",
            channel=CHANNEL_VOICE,
            priority=priority,
            required_skills=needs,
            current_skills=needs,
            state=CONTACT_STATE_QUEUED,
            enqueue_time=stamp(self.now + 1),
            preferred_agents=[self.agents[agent].name for agent in preferred],
            preferred_until=stamp(self.now + 60 * SECOND) if preferred else None,
        )
        self.contacts[name] = contact
        self._add(events.EVENT_TYPE_CONTACT_ENQUEUED, contact=contact)

    def overflow(self, name: str, rule: str, **fields: Any) -> None:
        """The rule of the contact fires, and the contact has these fields then."""
        contact = self.contacts[name]
        contact.fired_overflow_rules.append(rule)
        skills: dict[str, int] | None = fields.pop("skills", None)
        if skills is not None:
            del contact.current_skills[:]
            contact.current_skills.extend(SkillRequirement(skill_id=s, min_level=level) for s, level in skills.items())
        for field, value in fields.items():
            setattr(contact, field, value)
        ended = contact.state == CONTACT_STATE_EXPIRED
        kind = events.EVENT_TYPE_CONTACT_EXPIRED if ended else events.EVENT_TYPE_CONTACT_OVERFLOWED
        self._add(kind, contact=contact)

    def relax(self, name: str, **skills: int) -> None:
        """A relaxation step: only this is required from now on."""
        contact = self.contacts[name]
        del contact.current_skills[:]
        contact.current_skills.extend(SkillRequirement(skill_id=s, min_level=level) for s, level in skills.items())
        contact.relaxation_step += 1
        self._add(events.EVENT_TYPE_CONTACT_RELAXED, contact=contact)

    def give_up(self, name: str) -> None:
        self.contacts[name].ClearField("preferred_until")
        self._add(events.EVENT_TYPE_CONTACT_PREFERENCE_ENDED, contact=self.contacts[name])

    def pull(self, name: str, agent_name: str) -> None:
        self.offer(name, agent_name, pulled=True)

    def offer(self, name: str, agent_name: str, *, pulled: bool = False) -> None:
        contact, agent = self.contacts[name], self.agents[agent_name]
        contact.offer_count += 1
        contact.state = CONTACT_STATE_OFFERED
        assignment = Assignment(
            name=f"{contact.name}/assignments/{contact.offer_count}",
            agent=agent.name,
            state=ASSIGNMENT_STATE_OFFERED,
            offer_time=stamp(self.now + 1),
            agent_idle_time=agent.idle_time,
            pulled=pulled,
        )
        contact.assignment.CopyFrom(assignment)
        agent.assignments.append(assignment.name)
        self._add(events.EVENT_TYPE_CONTACT_OFFERED, contact=contact, assignment=assignment, agent=agent)

    def accept(self, name: str) -> None:
        self.contacts[name].assignment.accept_time.CopyFrom(stamp(self.now + 1))
        self._move(name, events.EVENT_TYPE_CONTACT_ACCEPTED, CONTACT_STATE_ACTIVE, ASSIGNMENT_STATE_ACTIVE)

    def decline(self, name: str) -> None:
        self._move(name, events.EVENT_TYPE_CONTACT_DECLINED, CONTACT_STATE_QUEUED, ASSIGNMENT_STATE_DECLINED)

    def miss(self, name: str) -> None:
        self._move(name, events.EVENT_TYPE_CONTACT_MISSED, CONTACT_STATE_QUEUED, ASSIGNMENT_STATE_MISSED)

    def revoke(self, name: str) -> None:
        self._move(name, events.EVENT_TYPE_CONTACT_REVOKED, CONTACT_STATE_QUEUED, ASSIGNMENT_STATE_REVOKED)

    def wrap_up(self, name: str) -> None:
        self._move(name, events.EVENT_TYPE_CONTACT_WRAP_UP, CONTACT_STATE_WRAP_UP, ASSIGNMENT_STATE_WRAP_UP)

    def complete(self, name: str) -> None:
        self._move(name, events.EVENT_TYPE_CONTACT_COMPLETED, CONTACT_STATE_COMPLETED, ASSIGNMENT_STATE_COMPLETED)

    def abandon(self, name: str) -> None:
        contact = self.contacts[name]
        if contact.state == CONTACT_STATE_OFFERED:
            self._move(name, events.EVENT_TYPE_CONTACT_ABANDONED, CONTACT_STATE_ABANDONED, ASSIGNMENT_STATE_REVOKED)
        else:
            contact.state = CONTACT_STATE_ABANDONED
            self._add(events.EVENT_TYPE_CONTACT_ABANDONED, contact=contact)

    def serve(self, name: str, agent: str) -> None:
        """Offer, accept, complete, a second apart."""
        self.offer(name, agent)
        self.wait(1)
        self.accept(name)
        self.wait(1)
        self.complete(name)

    def _move(
        self,
        name: str,
        kind: "EventType.ValueType",
        contact_state: "ContactState.ValueType",
        assignment_state: "AssignmentState.ValueType",
    ) -> None:
        contact = self.contacts[name]
        assignment = contact.assignment
        agent = self.agents[assignment.agent.rpartition("/")[2]]
        contact.state, assignment.state = contact_state, assignment_state
        if contact_state not in {CONTACT_STATE_ACTIVE, CONTACT_STATE_WRAP_UP}:
            agent.assignments.remove(assignment.name)
            if assignment_state in {ASSIGNMENT_STATE_DECLINED, ASSIGNMENT_STATE_MISSED} and self.retry_delay:
                assignment.retry_time.CopyFrom(stamp(self.now + 1 + self.retry_delay))
            if assignment_state != ASSIGNMENT_STATE_REVOKED:
                agent.idle_time.CopyFrom(stamp(self.now + 1))
        self._add(kind, contact=contact, assignment=assignment, agent=agent)

    def _add(self, kind: "EventType.ValueType", **resources: Any) -> None:
        self.now += 1
        self.sequence += 1
        self.events.append(Event(sequence=self.sequence, type=kind, event_time=stamp(self.now), **resources))
