"""Overflow rules, of a contact or a policy."""

import re
from collections.abc import Iterable
from typing import Any

from acd.v1 import contact_pb2
from acd_server.policy import DAY, MILLISECOND
from acd_server.validation._check import Check

_MOST = 10
_MOST_SKILLS = 64
"""Of all rules together: they are part of the contact, which every transition reads and writes."""
_ID = re.compile("[a-z0-9-]{1,32}")

Rule = dict[str, Any]
"""A rule as it is kept: id, after (us), action; priority or skills, where the action has them."""


def read_overflow_rules(check: Check, rules: Iterable[contact_pb2.OverflowRule], field: str) -> list[Rule]:
    """At most 10 rules of 64 skills together, no id twice, in their order."""
    given = list(rules)
    if len(given) > _MOST:
        check.add(field, f"must have at most {_MOST} entries")
        return []
    if sum(len(rule.required_skills) for rule in given) > _MOST_SKILLS:
        check.add(field, f"must require at most {_MOST_SKILLS} skills, all rules together")
        return []
    for i, rule in enumerate(given):
        if not _ID.fullmatch(rule.id):
            check.add(f"{field}[{i}].id", "must be 1 to 32 of the characters a-z, 0-9 and -")
        elif rule.id in [earlier.id for earlier in given[:i]]:
            check.add(f"{field}[{i}].id", "is listed twice")
    return [_read(check, rule, f"{field}[{i}]") for i, rule in enumerate(given)]


def _read(check: Check, rule: contact_pb2.OverflowRule, field: str) -> Rule:
    found: Rule = {"id": rule.id}
    found["after"] = check.duration(rule.after, f"{field}.after", 10 * MILLISECOND, 30 * DAY)
    found["action"] = action = check.enum(contact_pb2.OverflowAction, rule.action, f"{field}.action")
    if rule.action == contact_pb2.OVERFLOW_ACTION_UNSPECIFIED:
        check.add(f"{field}.action", "is required")
    if action == "RAISE_PRIORITY":
        found["priority"] = check.between(rule.priority, f"{field}.priority", 1, 9)
    elif rule.priority:
        check.add(f"{field}.priority", "needs the action OVERFLOW_ACTION_RAISE_PRIORITY")
    if action == "REPLACE_SKILLS":
        required = ((skill.skill_id, skill.min_level) for skill in rule.required_skills)
        levels = check.levels(required, f"{field}.required_skills", "min_level")
        found["skills"] = [{"skill": skill, "level": level} for skill, level in levels.items()]
    elif rule.required_skills:
        check.add(f"{field}.required_skills", "needs the action OVERFLOW_ACTION_REPLACE_SKILLS")
    return found
