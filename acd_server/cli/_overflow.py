"""Overflow rules as operators write them: `up=30s:priority=9`, `wide=1m:skills=sales=2,english`, `out=10m:expire`."""

from datetime import timedelta
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from acd.v1 import contact_pb2
from acd.v1.contact_pb2 import OverflowRule, SkillRequirement
from acd_server.cli._arguments import parse_duration, parse_skill

OverflowOptions = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID=AFTER:ACTION",
        help="What to do after a wait, such as up=30s:priority=9, wide=1m:skills=sales=2,english, any=2m:anybody "
        "or out=10m:expire; may be given several times.",
        show_default=False,
    ),
]

_FORM = "write ID=AFTER:ACTION, the action being priority=N, skills=SKILL[=LEVEL],…, anybody or expire"


def parse_overflow(text: str) -> OverflowRule:
    rule_id, _, rest = text.partition("=")
    after, _, action = rest.partition(":")
    if not rule_id or not after or not action:
        raise typer.BadParameter(f"{text!r} is no overflow rule; {_FORM}")
    waited = Duration()
    waited.FromTimedelta(parse_duration(after))
    rule = OverflowRule(id=rule_id, after=waited)
    kind, _, value = action.partition("=")
    if kind == "priority" and value.isdecimal():
        rule.action, rule.priority = contact_pb2.OVERFLOW_ACTION_RAISE_PRIORITY, int(value)
    elif kind == "skills" and value:
        rule.action = contact_pb2.OVERFLOW_ACTION_REPLACE_SKILLS
        for skill, level in map(parse_skill, value.split(",")):
            rule.required_skills.append(SkillRequirement(skill_id=skill, min_level=level))
    elif action == "anybody":
        rule.action = contact_pb2.OVERFLOW_ACTION_REPLACE_SKILLS
    elif action == "expire":
        rule.action = contact_pb2.OVERFLOW_ACTION_EXPIRE
    else:
        raise typer.BadParameter(f"{text!r} is no overflow rule; {_FORM}")
    return rule


def overflow_text(rule: OverflowRule) -> str:
    """The rule as it is written, in full."""
    match rule.action:
        case contact_pb2.OVERFLOW_ACTION_EXPIRE:
            action = "expire"
        case contact_pb2.OVERFLOW_ACTION_RAISE_PRIORITY:
            action = f"priority={rule.priority}"
        case contact_pb2.OVERFLOW_ACTION_REPLACE_SKILLS if rule.required_skills:
            skills = ",".join(f"{skill.skill_id}={skill.min_level}" for skill in rule.required_skills)
            action = f"skills={skills}"
        case contact_pb2.OVERFLOW_ACTION_REPLACE_SKILLS:
            action = "anybody"
        case other:  # of a newer release
            action = str(other)
    return f"{rule.id}={rule.after.ToTimedelta() / timedelta(seconds=1):g}s:{action}"
