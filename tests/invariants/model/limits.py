"""How many contacts may wait: in the center, and with the same requirement."""

from typing import Any

from tests.invariants.model.records import ModelContact, Refused
from tests.invariants.model.requirement import required
from tests.invariants.model.state import State


def class_of(model: State, contact: ModelContact) -> tuple[Any, ...]:
    """What is the same for contacts of one class."""
    skills = () if contact.target else tuple(sorted(required(model, contact).items()))
    return contact.channel, contact.target, skills, tuple(sorted(contact.bars)), tuple(sorted(contact.awaited))


def check_limits(model: State, contact: ModelContact) -> None:
    """Refuses a contact that would enter the queue beyond a limit; 0 is none."""
    waiting = [class_of(model, other) for other in model.contacts.values() if other.state == "QUEUED"]
    center, own = model.rule("max_waiting"), model.rule("max_class_waiting")
    if (center and len(waiting) >= center) or (own and waiting.count(class_of(model, contact)) >= own):
        raise Refused("QUEUE_FULL")
