"""The judge goes by what is required at the time of the offer, not by what was asked for."""

import pytest

from simulator.oracle import OrderOracle
from simulator.verdict import Verdict
from tests.oracle.history import History


@pytest.fixture
def history() -> History:
    """One free agent with a little of loans, and one contact that asks for much of it."""
    history = History()
    history.agent("low", loans=2)
    history.enqueue("old", loans=8)
    return history


def judge(history: History) -> Verdict:
    oracle = OrderOracle(first_sequence=1)
    for event in history.events:
        oracle.take(event)
    return oracle.verdict


def test_before_the_step_the_agent_has_too_little(history: History) -> None:
    history.offer("old", "low")
    assert judge(history).violations == {"unskilled": 1}


def test_after_the_step_he_may_have_it(history: History) -> None:
    history.relax("old", loans=2)
    history.offer("old", "low")
    assert not judge(history).violations


def test_after_the_step_the_younger_one_must_not_go_before(history: History) -> None:
    history.enqueue("young", loans=1)
    history.relax("old", loans=2)
    history.offer("young", "low")
    assert judge(history).violations == {"fifo": 1}


def test_before_the_step_the_younger_one_may(history: History) -> None:
    history.enqueue("young", loans=1)
    history.offer("young", "low")
    history.relax("old", loans=2)
    assert not judge(history).violations


def test_a_step_that_began_on_return_counts(history: History) -> None:
    history.agent("high", loans=9)
    history.offer("old", "high")
    history.contacts["old"].current_skills[0].min_level = 2
    history.revoke("old")
    history.offer("old", "low")
    assert not judge(history).violations
