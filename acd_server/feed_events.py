"""Stored events to messages of the feed, and which filters let them through."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from acd.v1.assignment_feed_pb2 import WatchResponse
from acd.v1.contact_pb2 import Contact
from acd.v1.event_pb2 import Event, EventType
from acd_server import names
from acd_server.store import records
from acd_server.store.events import StoredEvent
from acd_server.tokens import ResumeToken, encode_resume_token
from acd_server.validation import Watch


@dataclass(frozen=True)
class FeedEvent:
    """An event ready to be sent: made, and serialised, once for all subscribers of a center."""

    sequence: int
    stamp: int
    token: str
    event: Event
    payload: bytes


class Outgoing(NamedTuple):
    """A message of a feed on its way out, serialised, with the token it carries ("" for none)."""

    token: str
    payload: bytes


def outgoing(response: WatchResponse) -> Outgoing:
    return Outgoing(response.resume_token, response.SerializeToString())


def feed_event(center: str, incarnation: str, stored: StoredEvent) -> FeedEvent:
    token = encode_resume_token(ResumeToken(center, incarnation, stored.sequence, stored.stamp))
    event = to_event(center, stored)
    payload = WatchResponse(resume_token=token, event=event).SerializeToString()
    return FeedEvent(stored.sequence, stored.stamp, token, event, payload)


def to_event(center: str, stored: StoredEvent) -> Event:
    fields = stored.fields
    event = Event(
        sequence=stored.sequence,
        event_time=records.timestamp(stored.stamp),
        type=EventType.Value(f"EVENT_TYPE_{fields['type']}"),
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
        contact = records.contact_from(center, json.loads(fields["contact"]), attributes)
    event.contact.CopyFrom(contact)


def event_filter(watch: Watch) -> Callable[[Event], bool]:
    """What a subscriber is sent: everything, or what its agent, skills or owner concerns."""
    if watch.agent:
        agent = names.agent_name(watch.center, watch.agent)
        return lambda event: agent in (event.agent.name, event.assignment.agent)
    if watch.skill_ids:
        wanted = frozenset(watch.skill_ids)
        return lambda event: not wanted.isdisjoint(_named_skills(event.contact))
    if watch.owner:
        return lambda event: event.contact.owner == watch.owner
    return lambda _event: True


def _named_skills(contact: Contact) -> Iterator[str]:
    return (item.skill_id for item in (*contact.required_skills, *contact.current_skills))


def contact_filter(watch: Watch) -> Callable[[Contact], bool]:
    """The same for the contacts of a snapshot."""
    if watch.agent:
        agent = names.agent_name(watch.center, watch.agent)
        return lambda contact: contact.assignment.agent == agent
    passes = event_filter(watch)
    return lambda contact: passes(Event(contact=contact))
