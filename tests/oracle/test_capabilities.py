"""Named agents, pulls, later times, draining, bars of their own: right histories, and one fault each."""

from collections.abc import Callable

import pytest

from simulator.oracle import BAR_WINDOW
from tests.oracle.history import SECOND
from tests.oracle.longer_history import LongerHistory
from tests.oracle.test_oracle import judge

WINDOW = BAR_WINDOW / SECOND

Tell = Callable[[LongerHistory], None]


def begun() -> LongerHistory:
    """Two agents, `first` idle longer than `second`, both with sales; `first` also has loans."""
    history = LongerHistory()
    history.agent("first", sales=5, loans=5)
    history.agent("second", sales=5)
    return history


def named(h: LongerHistory) -> None:
    """The named agent needs no skills, and is not asked for somebody else meanwhile."""
    h.enqueue_for("a", "second", loans=1)
    h.enqueue("b", sales=1)
    h.offer("a", "second")
    h.offer("b", "first")


def named_and_given_up(h: LongerHistory) -> None:
    h.sign_out("second")
    h.enqueue_for("a", "second", loans=1)
    h.enqueue("b", sales=1)
    h.offer("b", "first")
    h.abandon("b")
    h.give_up("a")
    h.offer("a", "first")


def pulled(h: LongerHistory) -> None:
    """Past an older contact and past an agent who is idle longer, and although he had declined it."""
    h.enqueue("a", sales=1)
    h.offer("a", "first")
    h.decline("a")
    h.enqueue("b", sales=1)
    h.pull("b", "second")
    h.pull("a", "first")


def scheduled(h: LongerHistory) -> None:
    """Begun late, it is before who came after its time, and behind who came before it."""
    h.schedule("a", 10, sales=1)
    h.wait(9)
    h.sign_out("first")
    h.sign_out("second")
    h.enqueue("before", sales=1)
    h.wait(3)
    h.enqueue("after", sales=1)
    h.begin("a")
    h.sign_in("first")
    h.offer("before", "first")
    h.sign_in("second")
    h.offer("a", "second")


def tried_again(h: LongerHistory) -> None:
    h.enqueue("a", sales=1)
    h.offer("a", "first")
    h.accept("a")
    h.reschedule("a", 60)
    h.enqueue("b", sales=1)
    h.offer("b", "second")
    h.wait(60)
    h.begin("a")
    h.offer("a", "first")


def drained(h: LongerHistory) -> None:
    """Who drains is passed over; what he holds goes on."""
    h.enqueue("a", sales=1)
    h.offer("a", "first")
    h.accept("a")
    h.drain("first")
    h.enqueue("b", loans=1)
    h.enqueue("c", sales=1)
    h.offer("c", "second")
    h.complete("a")


def own_bars(h: LongerHistory) -> None:
    """Longer than the policy's, shorter, and none at all."""
    h.enqueue("a", loans=1)
    h.offer("a", "first")
    h.decline_for("a", 60)
    h.wait(60)
    h.offer("a", "first")
    h.decline_for("a", 1)
    h.wait(1)
    h.offer("a", "first")
    h.decline_for("a", 0)
    h.offer("a", "first")


@pytest.mark.parametrize("tell", [named, named_and_given_up, pulled, scheduled, tried_again, drained, own_bars])
def test_right_histories_have_nothing_to_report(tell: Tell) -> None:
    history = begun()
    tell(history)
    verdict = judge(history)
    assert (verdict.violations, verdict.examples) == ({}, [])


def another_than_named(h: LongerHistory) -> None:
    h.enqueue_for("a", "second", sales=1)
    h.offer("a", "first")


def named_too_long(h: LongerHistory) -> None:
    """It was given up: now skills count."""
    h.enqueue_for("a", "second", loans=1)
    h.give_up("a")
    h.sign_out("first")
    h.offer("a", "second")


def younger_before_named(h: LongerHistory) -> None:
    h.sign_out("first")
    h.enqueue_for("a", "second")
    h.enqueue("b", sales=1)
    h.offer("b", "second")


def given_up_and_passed_over(h: LongerHistory) -> None:
    h.sign_out("second")
    h.enqueue_for("a", "second", loans=1)
    h.enqueue("b", sales=1)
    h.give_up("a")
    h.offer("b", "first")


def not_pulled(h: LongerHistory) -> None:
    """The same as a pull, without saying so."""
    h.sign_out("first")
    h.enqueue("a", sales=1)
    h.enqueue("b", sales=1)
    h.offer("b", "second")


def pulled_without_skills(h: LongerHistory) -> None:
    h.enqueue("a", loans=1)
    h.pull("a", "second")


def pulled_while_closed(h: LongerHistory) -> None:
    h.enqueue("a", sales=1)
    h.close()
    h.pull("a", "first")


def pulled_without_room(h: LongerHistory) -> None:
    h.enqueue("a", sales=1)
    h.enqueue("b", sales=1)
    h.pull("a", "first")
    h.pull("b", "first")


def behind_who_came_later(h: LongerHistory) -> None:
    """As if its place were the moment in which the router came to it."""
    h.schedule("a", 10, loans=1)
    h.wait(12)
    h.enqueue("after", loans=1)
    h.begin("a")
    h.offer("after", "first")


def before_who_came_earlier(h: LongerHistory) -> None:
    """As if its place were the moment in which it was asked for."""
    h.schedule("a", 10, loans=1)
    h.wait(5)
    h.enqueue("before", loans=1)
    h.wait(5)
    h.begin("a")
    h.offer("a", "first")


def before_its_time(h: LongerHistory) -> None:
    h.schedule("a", 10, loans=1)
    h.offer("a", "first")


def tried_again_at_the_old_place(h: LongerHistory) -> None:
    h.enqueue("a", loans=1)
    h.offer("a", "first")
    h.accept("a")
    h.enqueue("b", loans=1)
    h.reschedule("a", 60)
    h.sign_out("first")
    h.wait(60)
    h.begin("a")
    h.sign_in("first")
    h.offer("a", "first")


def drains_and_is_asked(h: LongerHistory) -> None:
    h.drain("first")
    h.enqueue("a", loans=1)
    h.offer("a", "first")


def barred_by_his_own_word(h: LongerHistory) -> None:
    """Longer than the policy says."""
    h.enqueue("a", loans=1)
    h.offer("a", "first")
    h.decline_for("a", 60)
    h.wait(30)
    h.offer("a", "first")


def passed_over_after_a_short_bar(h: LongerHistory) -> None:
    """The policy's bar would hold still."""
    h.enqueue("a", loans=1)
    h.offer("a", "first")
    h.decline_for("a", 1)
    h.enqueue("b", loans=1)
    h.wait(1 + WINDOW + 0.1)
    h.offer("b", "first")


def passed_over_without_a_bar(h: LongerHistory) -> None:
    h.enqueue("a", sales=1)
    h.offer("a", "first")
    h.decline_for("a", 0)
    h.sign_out("second")
    h.sign_in("second")
    h.offer("a", "second")


@pytest.mark.parametrize(
    ("tell", "kind"),
    [
        (another_than_named, "unskilled"),
        (named_too_long, "unskilled"),
        (younger_before_named, "fifo"),
        (given_up_and_passed_over, "fifo"),
        (not_pulled, "fifo"),
        (pulled_without_skills, "unskilled"),
        (pulled_while_closed, "closed"),
        (pulled_without_room, "agent_twice"),
        (behind_who_came_later, "fifo"),
        (before_who_came_earlier, "fifo"),
        (before_its_time, "transition"),
        (tried_again_at_the_old_place, "fifo"),
        (drains_and_is_asked, "unavailable"),
        (barred_by_his_own_word, "barred"),
        (passed_over_after_a_short_bar, "fifo"),
        (passed_over_without_a_bar, "longest_available"),
    ],
)
def test_each_fault_is_reported(tell: Tell, kind: str) -> None:
    history = begun()
    tell(history)
    verdict = judge(history)
    assert verdict.violations == {kind: 1}, verdict.examples
