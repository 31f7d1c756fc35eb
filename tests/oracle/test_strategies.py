"""The oracle judges the choice of an agent by the strategy that the center has at that moment."""

import pytest

from acd.v1.center_pb2 import (
    STRATEGY_BEST_FIT,
    STRATEGY_LEAST_LOADED,
    STRATEGY_LEAST_SKILLED,
    STRATEGY_LONGEST_AVAILABLE,
    STRATEGY_ROUND_ROBIN,
    Strategy,
)
from simulator.choice import COMPARED
from simulator.oracle import BAR_WINDOW
from tests.oracle.history import SECOND
from tests.oracle.longer_history import LongerHistory
from tests.oracle.test_oracle import judge, only

LONGEST, LOADED = STRATEGY_LONGEST_AVAILABLE, STRATEGY_LEAST_LOADED
FIT, SKILLED, ROBIN = STRATEGY_BEST_FIT, STRATEGY_LEAST_SKILLED, STRATEGY_ROUND_ROBIN


@pytest.fixture
def history() -> LongerHistory:
    """The first one knows most, then comes who is best at sales, then who knows little and was offered nothing yet."""
    history = LongerHistory()
    history.agent("first", sales=5, loans=5, cards=5)
    history.agent("best", sales=9, loans=1)
    for name, agent in (("x", "first"), ("y", "best")):
        history.enqueue(name, sales=1)
        history.offer(name, agent)
    for name in ("x", "y"):
        history.abandon(name)
    history.agent("new", sales=1)
    return history


@pytest.mark.parametrize("chosen", ["first", "best", "new"])
@pytest.mark.parametrize(
    ("strategy", "right"), [(LONGEST, "first"), (LOADED, "first"), (FIT, "best"), (SKILLED, "new"), (ROBIN, "new")]
)
def test_another_one_than_the_strategy_chooses_is_reported(
    history: LongerHistory, strategy: Strategy.ValueType, right: str, chosen: str
) -> None:
    history.choose_by(strategy)
    history.enqueue("a", sales=1)
    history.offer("a", chosen)
    kind = "longest_available" if strategy == LONGEST else "strategy"
    assert judge(history).violations == ({} if chosen == right else only(kind))


def test_the_strategy_of_the_moment_counts(history: LongerHistory) -> None:
    for strategy, chosen in ((FIT, "best"), (LONGEST, "first"), (SKILLED, "new")):
        history.choose_by(strategy)
        history.enqueue(chosen, sales=1)
        history.offer(chosen, chosen)
    assert judge(history).violations == {}


def test_round_robin_goes_by_the_last_offer(history: LongerHistory) -> None:
    history.choose_by(ROBIN)
    for name, agent in (("a", "new"), ("b", "first"), ("c", "best"), ("d", "new")):
        history.enqueue(name, sales=1)
        history.serve(name, agent)
    assert judge(history).violations == {}
    history.enqueue("e", sales=1)
    history.offer("e", "best")
    assert judge(history).violations == only("strategy")


@pytest.mark.parametrize("third", ["big", "small"])
def test_load_is_a_share_of_the_capacity(third: str) -> None:
    """A call takes 40 of 100 or of 200: both have 0, then 0.4 and 0, 0.4 and 0.2, and 0.4 at last."""
    history = LongerHistory()
    for name, capacity in (("small", 100), ("big", 200)):
        history.agent_with_room(name, capacity, 40)
    history.choose_by(LOADED)
    for name, agent in (("a", "small"), ("b", "big"), ("c", third), ("d", "small" if third == "big" else "big")):
        history.enqueue(name)
        history.offer_of_many(name, agent, full=agent == "small" and name != "a")
    assert judge(history).violations == ({} if third == "big" else only("strategy"))


@pytest.mark.parametrize("place", [COMPARED, COMPARED + 1])
def test_so_many_are_compared(place: int) -> None:
    history = LongerHistory()
    for number in range(place - 1):
        history.agent(f"a{number}", sales=1)
    history.agent("best", sales=9)
    history.choose_by(FIT)
    history.enqueue("a", sales=1)
    history.offer("a", "best")
    assert judge(history).violations == ({} if place == COMPARED else only("strategy"))


def test_barred_agents_are_not_compared_and_the_moment_after_a_bar_is_excused(history: LongerHistory) -> None:
    history.choose_by(FIT)
    history.enqueue("a", sales=1)
    history.offer("a", "best")
    history.decline("a")
    history.offer("a", "first")
    history.revoke("a")
    history.wait(5)
    history.offer("a", "first")
    verdict = judge(history)
    assert (verdict.violations, verdict.ambiguous) == ({}, 1)
    history.revoke("a")
    history.wait(BAR_WINDOW / SECOND)
    history.offer("a", "first")
    assert judge(history).violations == only("strategy")
