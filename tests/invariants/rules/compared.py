"""What is compared of each document after every step: how to find it in the document, and in the model."""

from collections.abc import Callable
from typing import Any

from tests.invariants.model import ModelAssignment, Room
from tests.invariants.model.records import CHANNELS

Document = dict[str, Any]

KEPT = 16
"""Assignments that a contact's document keeps, the newest."""


class About(int):
    """A time that the stamps of one moment have moved by some microseconds."""

    SLACK = 500

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and abs(int(self) - int(other)) <= self.SLACK

    def __hash__(self) -> int:
        raise TypeError("what is about equal has no hash")


def _about(time: int | None) -> About | None:
    return None if time is None else About(time)


Fields = dict[str, tuple[Callable[[Document], Any], Callable[[Any], Any]]]

CONTACT: Fields = {
    "state": (lambda document: document["state"], lambda contact: contact.state),
    "reason": (lambda document: document["reason"], lambda contact: contact.reason),
    "priority": (lambda document: document["priority"], lambda contact: contact.priority),
    "target": (lambda document: document.get("target", ""), lambda contact: contact.target),
    "parent": (lambda document: document.get("parent", ""), lambda contact: contact.parent),
    "skills": (lambda document: _levels(document["skills"]), lambda contact: contact.skills),
    "asked": (
        lambda document: _levels(document["asked"]) if "asked" in document else None,
        lambda contact: contact.asked,
    ),
    "fired": (lambda document: document.get("fired", []), lambda contact: contact.fired),
    "step": (lambda document: document.get("step", 0), lambda contact: contact.step),
    "step due": (lambda document: int(document.get("step_due", 0)), lambda contact: About(contact.step_due or 0)),
    "step left": (lambda document: document.get("step_left"), lambda contact: _about(contact.step_left)),
    "assignments": (
        lambda document: [_assignment(each) for each in document["assignments"]],
        lambda contact: [_of_model(each) for each in contact.assignments[-KEPT:]],
    ),
}

AGENT: Fields = {
    "presence": (lambda document: document["presence"], lambda agent: agent.presence),
    "reason": (lambda document: document["reason"], lambda agent: agent.reason),
    "skills": (lambda document: _levels(document["skills"]), lambda agent: agent.skills),
    "held": (lambda document: [(h["contact"], h["n"]) for h in document["held"]], lambda agent: agent.holds),
    "misses": (lambda document: document.get("misses", 0), lambda agent: agent.misses),
    "next": (
        lambda document: (document.get("next", {}).get("presence", ""), document.get("next", {}).get("reason", "")),
        lambda agent: (agent.next, agent.next_reason),
    ),
    "room": (lambda document: _room(document.get("room")), lambda agent: _room_of_model(agent.room)),
}


def _levels(listed: Any) -> dict[str, int]:
    return {each["skill"]: each["level"] for each in listed}


def _room(room: Document | None) -> tuple[Any, ...]:
    if room is None:
        return (100, dict.fromkeys(CHANNELS, (100, 50)))
    return (room["total"], {channel: (rule["cost"], rule["most"]) for channel, rule in room["channels"].items()})


def _room_of_model(room: Room) -> tuple[Any, ...]:
    return (room.total, {channel: room.rule(channel) for channel in CHANNELS})


def _assignment(document: Document) -> tuple[Any, ...]:
    lost = document.get("lost", False)
    return (document["agent"], document["state"], document["outcome"], document["revoke"], lost)


def _of_model(assignment: ModelAssignment) -> tuple[Any, ...]:
    return (assignment.agent, assignment.state, assignment.outcome, assignment.revoke, assignment.lost)
