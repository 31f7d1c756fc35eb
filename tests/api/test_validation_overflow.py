"""Overflow rules in a request: of a contact, and of a policy."""

import json
from typing import Any

import pytest

from acd.v1.center_pb2 import Center, CenterPolicy
from acd.v1.center_service_pb2 import CreateCenterRequest, UpdateCenterRequest
from acd.v1.contact_pb2 import (
    CHANNEL_VOICE,
    OVERFLOW_ACTION_EXPIRE,
    OVERFLOW_ACTION_RAISE_PRIORITY,
    OVERFLOW_ACTION_REPLACE_SKILLS,
    Contact,
    OverflowRule,
    SkillRequirement,
)
from acd.v1.contact_service_pb2 import EnqueueContactRequest
from acd_server.validation.centers import validate_create_center, validate_update_center
from acd_server.validation.contacts import validate_enqueue_contact
from tests.api.violations import invalid, message, span

BILLING = SkillRequirement(skill_id="billing", min_level=3)


def rule(**fields: Any) -> OverflowRule:
    return message(OverflowRule, **{"id": "r", "after": span(1), "action": OVERFLOW_ACTION_EXPIRE} | fields)


def enqueue(*rules: OverflowRule) -> EnqueueContactRequest:
    contact = Contact(channel=CHANNEL_VOICE, overflow_rules=rules)
    return EnqueueContactRequest(parent="centers/bank", contact_id="c1", contact=contact)


GOOD = [
    rule(id="out", after=span(0.01)),
    rule(id="up-9", action=OVERFLOW_ACTION_RAISE_PRIORITY, priority=9, after=span(30 * 86_400)),
    rule(id="0" * 32, action=OVERFLOW_ACTION_REPLACE_SKILLS),
    rule(id="wide", action=OVERFLOW_ACTION_REPLACE_SKILLS, required_skills=[BILLING, SkillRequirement(skill_id="a")]),
]
KEPT = [
    {"id": "out", "after": 10_000, "action": "EXPIRE"},
    {"id": "up-9", "after": 2_592_000_000_000, "action": "RAISE_PRIORITY", "priority": 9},
    {"id": "0" * 32, "after": 1_000_000, "action": "REPLACE_SKILLS", "skills": []},
    {
        "id": "wide",
        "after": 1_000_000,
        "action": "REPLACE_SKILLS",
        "skills": [{"skill": "billing", "level": 3}, {"skill": "a", "level": 1}],
    },
]


def test_rules_in_their_order() -> None:
    assert json.loads(str(validate_enqueue_contact(enqueue(*GOOD)).plan["overflow"])) == KEPT
    policy = CenterPolicy(overflow_rules=GOOD)
    update = UpdateCenterRequest(center=Center(name="centers/bank", policy=policy))
    assert json.loads(str(validate_update_center(update).changes["overflow_rules"])) == KEPT
    assert "overflow" not in validate_enqueue_contact(enqueue()).plan


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (OverflowRule(), ["id", "after", "action"]),
        (rule(id="Up"), ["id"]),
        (rule(id="x" * 33), ["id"]),
        (rule(id="a\n"), ["id"]),
        (rule(after=span(0.009)), ["after"]),
        (rule(after=span(30 * 86_400 + 1)), ["after"]),
        (rule(action=9), ["action"]),
        (rule(priority=3), ["priority"]),
        (rule(required_skills=[BILLING]), ["required_skills"]),
        (rule(action=OVERFLOW_ACTION_RAISE_PRIORITY), ["priority"]),
        (rule(action=OVERFLOW_ACTION_RAISE_PRIORITY, priority=10), ["priority"]),
        (rule(action=OVERFLOW_ACTION_RAISE_PRIORITY, priority=1, required_skills=[BILLING]), ["required_skills"]),
        (rule(action=OVERFLOW_ACTION_REPLACE_SKILLS, priority=1), ["priority"]),
        (
            rule(action=OVERFLOW_ACTION_REPLACE_SKILLS, required_skills=[BILLING, SkillRequirement(skill_id="X")]),
            ["required_skills[1].skill_id"],
        ),
        (
            rule(action=OVERFLOW_ACTION_REPLACE_SKILLS, required_skills=[BILLING, BILLING]),
            ["required_skills[1].skill_id"],
        ),
        (
            rule(action=OVERFLOW_ACTION_REPLACE_SKILLS, required_skills=[SkillRequirement(skill_id="a", min_level=11)]),
            ["required_skills[0].min_level"],
        ),
    ],
)
def test_what_is_wrong_is_named(wrong: OverflowRule, fields: list[str]) -> None:
    path = "contact.overflow_rules"
    assert invalid(validate_enqueue_contact, enqueue(rule(id="ok"), wrong)) == [
        f"{path}[1].{field}" for field in fields
    ]
    policy = CenterPolicy(overflow_rules=[rule(id="ok"), wrong])
    request = UpdateCenterRequest(center=Center(name="centers/bank", policy=policy))
    path = "center.policy.overflow_rules"
    assert invalid(validate_update_center, request) == [f"{path}[1].{field}" for field in fields]


def test_an_id_is_there_once() -> None:
    again = [rule(), rule(id="other"), rule()]
    assert invalid(validate_enqueue_contact, enqueue(*again)) == ["contact.overflow_rules[2].id"]


def test_ten_rules_are_enough() -> None:
    rules = [rule(id=str(number)) for number in range(11)]
    assert len(json.loads(str(validate_enqueue_contact(enqueue(*rules[:10])).plan["overflow"]))) == 10
    assert invalid(validate_enqueue_contact, enqueue(*rules)) == ["contact.overflow_rules"]


def test_all_rules_together_require_at_most_64_skills() -> None:
    def replace(name: str, count: int) -> OverflowRule:
        skills = [SkillRequirement(skill_id=f"s{number}") for number in range(count)]
        return rule(id=name, action=OVERFLOW_ACTION_REPLACE_SKILLS, required_skills=skills)

    assert validate_enqueue_contact(enqueue(replace("a", 60), replace("b", 4)))
    request = enqueue(replace("a", 60), replace("b", 5))
    assert invalid(validate_enqueue_contact, request) == ["contact.overflow_rules"]


def test_a_new_center_has_no_skills_to_name() -> None:
    policy = CenterPolicy(overflow_rules=GOOD)
    request = CreateCenterRequest(center_id="bank", center=Center(policy=policy))
    assert invalid(validate_create_center, request) == ["center.policy.overflow_rules[3].required_skills"]
    del policy.overflow_rules[3]
    request = CreateCenterRequest(center_id="bank", center=Center(policy=policy))
    assert json.loads(str(validate_create_center(request).policy["overflow_rules"])) == KEPT[:3]
