"""Stored events to messages of the feed, and the topics by which filters let them through."""

from typing import NamedTuple

from acd.v1.assignment_feed_pb2 import WatchResponse
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event, EventType
from acd_server import names
from acd_server.store import records
from acd_server.store.events import StoredEvent
from acd_server.tokens import ResumeToken, encode_resume_token
from acd_server.validation import Watch

Topic = tuple[str, str]
"""What an event is about, and what a feed asks for: a kind and a name."""

_TYPES = records.numbers(EventType)

EVERYTHING: Topic = ("everything", "")
"""A topic of every event."""


class Point(NamedTuple):
    """A place in the history of a center: after this event."""

    sequence: int
    token: str


class Outgoing(NamedTuple):
    """A message of a feed on its way out, serialised, with the token it carries ("" for none)."""

    token: str
    payload: bytes


class FeedEvent(NamedTuple):
    """An event ready to be sent: made, and serialised, once for all subscribers of a center."""

    point: Point
    stamp: int
    topics: tuple[Topic, ...]
    message: Outgoing


def outgoing(response: WatchResponse) -> Outgoing:
    return Outgoing(response.resume_token, response.SerializeToString())


def feed_event(center: str, incarnation: str, stored: StoredEvent) -> FeedEvent:
    token = encode_resume_token(ResumeToken(center, incarnation, stored.sequence, stored.stamp))
    event = to_event(center, stored)
    message = outgoing(WatchResponse(resume_token=token, event=event))
    return FeedEvent(Point(stored.sequence, token), stored.stamp, event_topics(event), message)


def to_event(center: str, stored: StoredEvent) -> Event:
    fields = stored.fields
    event = Event(
        sequence=stored.sequence,
        event_time=records.timestamp(stored.stamp),
        type=_TYPES[fields["type"]],
    )
    if "contact" in fields:
        _add_contact(event, center, fields)
    if "agent" in fields:
        event.agent.CopyFrom(records.agent(center, fields["agent"]))
    if "center" in fields:
        event.center.CopyFrom(records.center(fields["center"]))
    if "skill" in fields:
        event.skill.CopyFrom(records.skill(center, fields["skill"]))
    return event


def _add_contact(event: Event, center: str, fields: dict[str, str]) -> None:
    attributes = fields.get("attributes", "")
    if "assignment" in fields:
        contact, assignment = records.contact_and_assignment(center, fields["contact"], int(fields["assignment"]))
        event.assignment.CopyFrom(assignment)
    else:
        contact = records.contact(center, fields["contact"], attributes)
    event.contact.CopyFrom(contact)


def watch_topics(watch: Watch) -> frozenset[Topic]:
    """What a subscriber is sent: the events of its agent, skills or owner; of everything when it names none."""
    if watch.agent:
        return frozenset({("agent", names.agent_name(watch.center, watch.agent))})
    if watch.skill_ids:
        return frozenset(("skill", skill) for skill in watch.skill_ids)
    if watch.owner:
        return frozenset({("owner", watch.owner)})
    return frozenset({EVERYTHING})


def event_topics(event: Event) -> tuple[Topic, ...]:
    """Each once. It concerns its own agent and that of its assignment, who need not be the contact's any more."""
    return _topics(event.contact, event.agent.name, event.assignment.agent)


def snapshot_topics(contact: Contact) -> tuple[Topic, ...]:
    """The same for a contact of a snapshot: it concerns the agent who has it in hand."""
    return _topics(contact, contact.assignment.agent)


def _topics(contact: Contact, *agents: str) -> tuple[Topic, ...]:
    topics = [EVERYTHING, ("owner", contact.owner)]
    topics += (("agent", agent) for agent in agents)
    topics += (("skill", item.skill_id) for item in (*contact.required_skills, *contact.current_skills))
    return tuple(dict.fromkeys(topics))
