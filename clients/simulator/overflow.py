"""What an event says of an overflow rule, against the rule: the order oracle's part for waits that are too long."""

from collections.abc import Iterator, Sequence

from acd.v1 import contact_pb2 as contacts
from acd.v1 import event_pb2 as events
from acd.v1.contact_pb2 import Contact, OverflowRule
from simulator.model import micros

Skills = set[tuple[str, int]]


def overflow_faults(fired: Sequence[str], kind: int, document: Contact, now: int) -> Iterator[str]:
    """What is wrong with the firing that an event of type `kind` tells of; `fired` are the ids known before."""
    known = list(document.fired_overflow_rules)
    if known[:-1] != list(fired) or len(set(known)) < len(known):
        yield f"fired {known} after {list(fired)}"
        return
    rule = next((rule for rule in document.overflow_rules if rule.id == known[-1]), None)
    if rule is None:
        yield f"has no rule {known[-1]}"
        return
    if now < micros(document.enqueue_time) + micros(rule.after):
        yield f"rule {rule.id} fired too early"
    ends = kind == events.EVENT_TYPE_CONTACT_EXPIRED
    if ends != (rule.action == contacts.OVERFLOW_ACTION_EXPIRE) or not _done(rule, document):
        yield f"rule {rule.id} did something else"


def _done(rule: OverflowRule, document: Contact) -> bool:
    if rule.action == contacts.OVERFLOW_ACTION_RAISE_PRIORITY:
        return document.priority >= rule.priority
    # A skill that was deleted before is left out.
    wanted, found = _skills(rule.required_skills), _skills(document.current_skills)
    return rule.action != contacts.OVERFLOW_ACTION_REPLACE_SKILLS or found <= wanted


def _skills(required: Sequence[contacts.SkillRequirement]) -> Skills:
    return {(skill.skill_id, skill.min_level or 1) for skill in required}
