"""Where two histories of a day part, and what is told of that moment."""

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest

from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import fixed
from simulator.history import History
from simulator.reference import play
from simulator.steps import TOLERANCE, clock, first_difference, steps_of
from tests.simulator.odd_days import odd_day

HABITS = Habits(0, 0, fixed(3), fixed(4))


def day() -> Day:
    """Ann declines the first; the third waits while both are busy."""
    agents = [
        AgentPlan("ann", {"sales": 5}, 0, 500, replace(HABITS, decline=1.0)),
        AgentPlan("bob", {"sales": 2, "support": 1}, 1, 400, HABITS),
    ]
    callers = [
        Caller("one", 10, {"sales": 1}, 300, 100),
        Caller("two", 20, {"support": 1}, 30, 10, priority=3),
        Caller("three", 25, {}, 300, 10),
    ]
    return Day("by hand", callers, agents, Policy(offer_timeout=20, wrap_up_time=10, retry_delay=50), seed=1)


def test_the_same_day_has_no_difference() -> None:
    assert first_difference(play(day()), play(day())) is None


def test_a_day_as_steps() -> None:
    history = play(replace(day(), callers=day().callers[:2]))
    assert [str(step) for step in steps_of(history)] == [
        "00:00:00.000000 ann: becomes available",
        "00:00:01.000000 bob: becomes available",
        "00:00:10.000000 one: comes",
        "00:00:10.000001 offer 1 of one, ann: is offered",
        "00:00:13.000001 offer 1 of one, ann: declines",
        "00:00:13.000002 offer 2 of one, bob: is offered",
        "00:00:16.000002 offer 2 of one, bob: is accepted",
        "00:00:20.000000 two: comes",
        "00:00:50.000000 two: ends abandoned",
        "00:01:56.000002 offer 2 of one, bob: is released",
        "00:02:00.000002 offer 2 of one, bob: completes",
        "00:06:40.000000 bob: leaves",
    ]
    # Ann leaves with the last event: as a history has it, she was there until the end.
    assert history.end == 500


def other_agent(history: History) -> None:
    history.stays["three"].offers[0].agent = "bob"


def later_release(history: History) -> None:
    released = history.stays["one"].released
    assert released is not None
    history.stays["one"].released = released + 1


def no_end(history: History) -> None:
    history.stays["two"].end = ""


def longer_shift(history: History) -> None:
    duty = history.duties["bob"]
    duty.available = [(start, end + 1) for start, end in duty.available]


@pytest.mark.parametrize(
    ("change", "moment", "what"),
    [
        (other_agent, "00:00:25.000001", "offer 1 of three, ann: is offered"),
        (later_release, "00:01:56.000002", "offer 2 of one, bob: is released"),
        (no_end, "00:00:50.000000", "two: ends abandoned"),
        (longer_shift, "00:06:40.000000", "bob: leaves"),
    ],
)
def test_any_change_is_found_where_it_begins(change: Callable[[History], None], moment: str, what: str) -> None:
    history = play(day())
    changed = copy.deepcopy(history)
    change(changed)
    found = first_difference(changed, history)
    assert found is not None
    assert clock(found.moment) == moment
    assert str(found.reference) == f"{moment} {what}"


def test_the_moment_is_described() -> None:
    history = play(day())
    changed = copy.deepcopy(history)
    changed.stays["three"].offers[0].agent = "bob"
    found = first_difference(changed, history)
    assert found is not None
    assert found.lines() == [
        "at 00:00:25.000001, after 9 steps in which they agree:",
        "  the router:    00:00:25.000001 offer 1 of three, bob: is offered",
        "  the reference: 00:00:25.000001 offer 1 of three, ann: is offered",
        "  waiting then:  two (priority 3, for 5.000001 s, needs support 1); three (for 0.000001 s, needs no skills)",
        "  free then:     ann (for 12.000000 s, has sales 5)",
    ]


def test_bars_are_told() -> None:
    """Bob is not there, so that the first waits for ann, who may not have it yet."""
    alone = replace(day(), agents=day().agents[:1])
    history = play(alone)
    changed = copy.deepcopy(history)
    changed.stays["three"].offers[0].number = 7
    found = first_difference(changed, history)
    assert found is not None
    assert found.waiting[1] == "one (for 15.000001 s, needs sales 1, not ann for 38.000000 s)"


def test_a_few_milliseconds_are_none() -> None:
    history = play(day())
    for seconds, differs in ((TOLERANCE * 0.9, False), (TOLERANCE * 1.1, True)):
        changed = copy.deepcopy(history)
        changed.stays["two"].ended = 50 + seconds
        assert (first_difference(changed, history) is not None) is differs


def test_a_router_that_stops_short() -> None:
    history = play(day())
    changed = copy.deepcopy(history)
    del changed.stays["three"]
    found = first_difference(changed, history)
    assert found is not None
    assert str(found.reference) == "00:00:25.000000 three: comes"
    nothing = first_difference(History(day()), history)
    assert nothing is not None
    assert nothing.router is None
    assert nothing.lines()[1] == "  the router:    nothing more"


@pytest.mark.parametrize("seed", range(20))
def test_any_two_days_part_somewhere(seed: int) -> None:
    first, second = play(odd_day(seed)), play(odd_day(seed + 1000))
    assert first_difference(first, play(odd_day(seed))) is None
    found = first_difference(first, second)
    assert found is not None
    assert steps_of(first)[: found.agreed] == steps_of(second)[: found.agreed]
