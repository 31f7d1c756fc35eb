"""The oracle judges by what overflow rules have made of contacts, and holds them to the rules."""

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from acd.v1 import contact_pb2 as contacts
from acd.v1.contact_pb2 import OverflowRule, SkillRequirement
from simulator.oracle import OrderOracle
from simulator.verdict import Verdict
from tests.oracle.history import History

EXPIRED = {"state": contacts.CONTACT_STATE_EXPIRED, "end_reason": contacts.END_REASON_OVERFLOW}


def judge(history: History) -> Verdict:
    oracle = OrderOracle(first_sequence=1)
    for event in history.events:
        oracle.take(event)
    return oracle.verdict


@pytest.fixture
def history() -> History:
    """`old` waits for sales, `a` with rules for loans; ten seconds have passed."""
    history = History()
    history.enqueue("old", sales=1)
    history.enqueue("a", loans=1)
    rules = [
        OverflowRule(id="up", action=contacts.OVERFLOW_ACTION_RAISE_PRIORITY, priority=5),
        OverflowRule(
            id="wide",
            action=contacts.OVERFLOW_ACTION_REPLACE_SKILLS,
            required_skills=[SkillRequirement(skill_id="sales", min_level=1)],
        ),
        OverflowRule(id="out", action=contacts.OVERFLOW_ACTION_EXPIRE),
    ]
    for rule in rules:
        rule.after.CopyFrom(Duration(seconds=10))
        history.contacts["a"].overflow_rules.append(rule)
    history.wait(10)
    return history


def test_a_raised_and_widened_contact_goes_first(history: History) -> None:
    history.overflow("a", "up", priority=5)
    history.overflow("a", "wide", skills={"sales": 1})
    history.agent("ann", sales=5)
    history.agent("bob", sales=5)
    history.offer("a", "ann")
    history.offer("old", "bob")
    assert judge(history).violations == {}


def test_who_passes_it_over_is_found(history: History) -> None:
    history.overflow("a", "up", priority=5)
    history.overflow("a", "wide", skills={"sales": 1})
    history.agent("ann", sales=5)
    history.offer("old", "ann")
    assert judge(history).violations == {"fifo": 1}


def test_a_wider_requirement_gives_no_other_place(history: History) -> None:
    history.overflow("a", "wide", skills={"sales": 1})
    history.agent("ann", sales=5)
    history.offer("a", "ann")
    assert judge(history).violations == {"fifo": 1}


def test_the_wait_is_ended(history: History) -> None:
    history.overflow("a", "out", **EXPIRED)
    assert judge(history).violations == {}


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("up", {"priority": 4}),
        ("up", EXPIRED),
        ("wide", {"skills": {"golf": 1}}),
        ("out", {}),
        ("none", {}),
    ],
)
def test_a_rule_that_did_something_else_is_found(history: History, rule: str, fields: dict[str, Any]) -> None:
    history.overflow("a", rule, **fields)
    assert judge(history).violations == {"document": 1}


def test_a_rule_fires_once_and_not_early(history: History) -> None:
    history.overflow("a", "up", priority=5)
    history.overflow("a", "up")
    assert judge(history).violations == {"document": 1}
    early = History()
    early.enqueue("a")
    rule = OverflowRule(id="up", after=Duration(seconds=1), action=contacts.OVERFLOW_ACTION_RAISE_PRIORITY, priority=1)
    early.contacts["a"].overflow_rules.append(rule)
    early.wait(0.9)
    early.overflow("a", "up", priority=1)
    assert judge(early).violations == {"document": 1}
