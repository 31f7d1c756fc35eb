"""What is compared of each document after every step: how to find it in the document, and in the model."""

from collections.abc import Callable
from typing import Any

from tests.invariants.model import ModelAgent, ModelAssignment, ModelContact

Document = dict[str, Any]

KEPT = 16
"""Assignments that a contact's document keeps, the newest."""

CONTACT: dict[str, tuple[Callable[[Document], Any], Callable[[ModelContact], Any]]] = {
    "state": (lambda document: document["state"], lambda contact: contact.state),
    "reason": (lambda document: document["reason"], lambda contact: contact.reason),
    "assignments": (
        lambda document: [_assignment(each) for each in document["assignments"]],
        lambda contact: [_of_model(each) for each in contact.assignments[-KEPT:]],
    ),
}

AGENT: dict[str, tuple[Callable[[Document], Any], Callable[[ModelAgent], Any]]] = {
    "presence": (lambda document: document["presence"], lambda agent: agent.presence),
    "skills": (lambda document: {s["skill"]: s["level"] for s in document["skills"]}, lambda agent: agent.skills),
    "held": (lambda document: [(h["contact"], h["n"]) for h in document["held"]], lambda agent: agent.holds),
    "misses": (lambda document: document.get("misses", 0), lambda agent: agent.misses),
    "next": (lambda document: document.get("next", {}).get("presence", ""), lambda agent: agent.next),
}


def _assignment(document: Document) -> tuple[Any, ...]:
    lost = document.get("lost", False)
    return (document["agent"], document["state"], document["outcome"], document["revoke"], lost)


def _of_model(assignment: ModelAssignment) -> tuple[Any, ...]:
    return (assignment.agent, assignment.state, assignment.outcome, assignment.revoke, assignment.lost)
