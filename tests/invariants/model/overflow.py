"""Overflow rules: what is done with a contact that waits long."""

import json
from collections.abc import Iterable, Mapping

from tests.invariants.model import preferred
from tests.invariants.model.records import ModelContact, ModelRule
from tests.invariants.model.state import State

LATE = 1_000_000
"""Microseconds after which a rule that fires is late."""

STAMPS = 50
"""Microseconds by which the stamps of one moment differ, at most."""


def take_rules(model: State, contact: ModelContact, plan: Mapping[str, int | str]) -> None:
    """A new contact has the rules that it brings, else the policy's."""
    own = json.loads(str(plan.get("overflow", "[]")))
    contact.overflow = [_rule(given) for given in own or json.loads(model.choice("overflow_rules"))]
    model.check_skills(item["skill"] for given in own for item in given.get("skills", ()))
    begin_wait(model, contact)


def _rule(given: Mapping[str, object]) -> ModelRule:
    skills = {item["skill"]: item["level"] for item in given.get("skills", ())}  # type: ignore[attr-defined]  # JSON
    return ModelRule(
        str(given["id"]),
        int(str(given["after"])),
        str(given["action"]),
        int(str(given.get("priority", 0))),
        skills,
    )


def begin_wait(model: State, contact: ModelContact) -> None:
    """All rules count from now."""
    for rule in contact.overflow:
        rule.due = model.now + rule.after


def resume_wait(model: State, contact: ModelContact, *, transferred: bool) -> None:
    """After service the end of the wait counts from now; a transfer has said anew who is needed."""
    for rule in contact.overflow:
        if rule.action == "EXPIRE":
            # Behind what began to count in the same moment, before the service.
            rule.due = model.now + rule.after + 1
    if transferred:
        fired = contact.fired
        contact.overflow = [rule for rule in contact.overflow if rule.action != "REPLACE_SKILLS" or rule.id in fired]


def fire_rule(model: State, name: str) -> bool:
    """The first of the rules of a waiting contact that are due; false when there is none."""
    contact = model.contacts[name]
    left = [rule for rule in contact.overflow if rule.id not in contact.fired and rule.due <= model.now + STAMPS]
    if contact.state != "QUEUED" or not left:
        return False
    rule = min(left, key=lambda rule: rule.due)
    delay = model.now - max(rule.due, contact.back)
    if rule.action == "EXPIRE" and delay > LATE:
        rule.due = model.now + delay
        return True
    contact.fired.append(rule.id)
    if rule.action == "EXPIRE":
        model.leave(name, "EXPIRED", "OVERFLOW")
    elif rule.action == "RAISE_PRIORITY":
        _raise(model, contact, rule.priority)
    else:
        contact.asked = dict(contact.skills) if contact.asked is None else contact.asked
        contact.skills = {skill: level for skill, level in rule.skills.items() if not model.skills.get(skill, True)}
        contact.target = ""
        preferred.replace(contact)
        model.end_steps(contact)
        model.join(contact)
    return True


def _raise(model: State, contact: ModelContact, priority: int) -> None:
    if priority > contact.priority:
        contact.priority = priority
        model.take_place(contact)


def fire_due(model: State, due: Iterable[str]) -> None:
    """Matching fires what is due (members of deadlines) before it pairs anybody."""
    for member in due:
        kind, _, name = member.partition(":")
        while kind == "overflow" and fire_rule(model, name):
            pass
