"""Contacts that hold out for the agents that they prefer."""

from collections.abc import Iterable, Mapping

from tests.invariants.model.records import ModelContact, Refused
from tests.invariants.model.requirement import required
from tests.invariants.model.state import State


def plan(model: State, contact: ModelContact, asked: Mapping[str, int | str]) -> None:
    """A new contact names agents, all of whom must exist."""
    contact.preferred = tuple(filter(None, str(asked.get("preferred", "")).split(",")))
    if not model.agents.keys() >= set(contact.preferred):
        raise Refused("RESOURCE_NOT_FOUND")
    contact.hold = int(asked.get("hold", model.rule("preferred_wait")))
    if contact.state == "QUEUED":
        begin(model, contact)


def begin(model: State, contact: ModelContact) -> None:
    """The contact enters the queue for the first time, or for another attempt."""
    if contact.preferred and contact.preference != "REPLACED":
        contact.awaited, contact.preference = set(contact.preferred), ""
        contact.preferred_until = model.now + contact.hold
        enter(model, contact)


class Preferences(State):
    """What the rest of the model asks of this module."""

    def look_for_preferred(self, contact: ModelContact) -> None:
        enter(self, contact)


def enter(model: State, contact: ModelContact) -> None:
    """The contact is in the queue again: is there still time, and somebody to wait for?"""
    if contact.awaited:
        _end(contact, "TIME_OVER" if model.now >= contact.preferred_until else nobody(model, contact))


def refuse(contact: ModelContact, agent: str) -> None:
    """The agent declined or missed the contact."""
    if contact.awaited:
        contact.awaited.discard(agent)
        _end(contact, "" if contact.awaited else "DECLINED")


def replace(contact: ModelContact) -> None:
    """Something else is required from now on."""
    if contact.preferred:
        _end(contact, "REPLACED")


def put_off(contact: ModelContact) -> None:
    """The contact will enter the queue at another time."""
    contact.awaited = set()


def time_over(model: State, name: str) -> None:
    contact = model.contacts[name]
    if contact.state == "QUEUED" and contact.awaited:
        _end(contact, "TIME_OVER")
        model.join(contact)


def settle_due(model: State, due: Iterable[str]) -> None:
    """Matching does what is due (members of deadlines) before it pairs anybody."""
    for member in due:
        kind, _, name = member.partition(":")
        if kind == "preferred":
            time_over(model, name)
        elif member.startswith("job:preferred:"):
            settle(model, member.rpartition(":")[2])


def settle(model: State, agent: str) -> None:
    """Waiting contacts that name the agent, who is gone or can do less, look whether anybody is left."""
    for contact in model.contacts.values():
        if contact.state == "QUEUED" and agent in contact.awaited and (reason := nobody(model, contact)):
            _end(contact, reason)
            model.join(contact)


def nobody(model: State, contact: ModelContact) -> str:
    """Why there is none to wait for; "" when there is."""
    there = [name for name in contact.awaited if name in model.agents and model.agents[name].presence != "OFFLINE"]
    # A skill that is being deleted does not count: the contact will lose it, too.
    wanted = [item for item in required(model, contact).items() if not model.skills.get(item[0], True)]
    if any(all(model.agents[name].skills.get(skill, 0) >= level for skill, level in wanted) for name in there):
        return ""
    return "NOT_SKILLED" if there else "NONE_SIGNED_IN"


def _end(contact: ModelContact, reason: str) -> None:
    if reason:
        contact.awaited, contact.preference = set(), reason


def is_wanted(_model: State, agent: str, contact: ModelContact) -> bool:
    return not contact.awaited or agent in contact.awaited
