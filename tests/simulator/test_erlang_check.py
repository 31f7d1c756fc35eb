"""The check has the power that it claims: it passes first come first served, and nothing that is a little wrong.

Here the router is a small queue of the test's own, so that wrong ones cost nothing; the live router is
held against theory, with its scripts swapped, in `test_wrong_routers.py`.
"""

import heapq
import io
import itertools
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache

import pytest
from rich.console import Console

from simulator import erlang_check, erlang_report
from simulator.day import Caller, Day
from simulator.erlang_check import Design, Line, Played
from simulator.history import History, Stay
from simulator.stationary import (
    OPENING,
    Case,
    Figures,
    Outcome,
    as_day,
    by_fcfs,
    by_router,
    draw,
    law,
    measure,
    theory,
)
from simulator.statistics import Interval, mean_interval

DESIGN = Design(contacts=200, expectation=400_000)
SMALL = Case(100, 180, 6)
IMPATIENT = Case(100, 180, 5, 60)
ALL = Played({}, [])
"""Every day was played to its end."""


def play(day: Day, *, newest_first: bool = False, hold: float = 1.0, forget: bool = False) -> History:
    """A queue in which agents serve the oldest or the newest caller, and stay busy for `hold` times the service."""
    history, number = History(day), itertools.count()
    heap: list[tuple[float, int, str, Caller | None]] = [
        (caller.arrival, next(number), "comes", caller) for caller in day.callers
    ]
    idle, line = len(day.agents), list[Caller]()
    while heap:
        history.end, _, what, caller = heapq.heappop(heap)
        if caller is None:
            idle += 1
        elif what == "comes":
            history.stays[caller.id] = Stay(caller, caller.arrival)
            line.append(caller)
            if caller.patience < math.inf:
                heapq.heappush(heap, (caller.arrival + caller.patience, next(number), "leaves", caller))
        elif caller in line:
            line.remove(caller)
            history.stays[caller.id].ended, history.stays[caller.id].end = history.end, "abandoned"
        while idle and line:
            served = line.pop(-1 if newest_first else 0)
            idle -= 1
            stay = history.stays[served.id]
            stay.accepted, stay.released = history.end, history.end + served.service
            stay.ended, stay.end = history.end + served.service * hold, "completed"
            heapq.heappush(heap, (stay.ended, next(number), "is free", None))
    if forget:
        history.stays[day.callers[-1].id].ended = None
    return history


def player(**how: float) -> Callable[[str, Day], Awaitable[History]]:
    async def plays(center: str, day: Day) -> History:
        del center
        return play(day, **how)  # type: ignore[arg-type] # flags and a number

    return plays


async def run(case: Case, design: Design = DESIGN, **how: float) -> list[Line]:
    days = {case: erlang_check.draw_days(case, design)}
    played = await erlang_check.play_days(days, design, "x", player(**how), lambda _: None)
    return erlang_check.judge(days, played, {case: expected(case)}, design)


@cache
def expected(case: Case) -> list[Figures]:
    return erlang_check._chunk(case, DESIGN.contacts, DESIGN.expectation // DESIGN.contacts, "a seed of the test")


@pytest.mark.parametrize("case", [SMALL, IMPATIENT], ids=lambda case: case.id)
async def test_first_come_first_served_passes(case: Case) -> None:
    lines = await run(case)
    assert [line.figure for line in lines] == list(theory(case))
    assert all(line.passed for line in lines), lines
    assert all(check["pass"] for check in erlang_report.checks(lines, ALL, DESIGN))
    # That is the control's doing: by themselves the days would say next to nothing.
    wait = next(line for line in lines if line.figure == "mean wait")
    assert wait.crude.half_width > 5 * wait.estimate.half_width


@pytest.mark.parametrize(
    ("case", "how", "days"),
    [
        (SMALL, {"newest_first": True}, 20),
        (SMALL, {"hold": 1.03}, 20),
        (IMPATIENT, {"newest_first": True}, 20),
        # Hang-ups relieve the agents: the same 3 % make less of a difference.
        (IMPATIENT, {"hold": 1.03}, 80),
    ],
)
async def test_a_wrong_router_fails(case: Case, how: dict[str, float], days: int) -> None:
    lines = await run(case, replace(DESIGN, days=days), **how)
    assert not all(line.estimate.contains(line.theory) for line in lines), lines
    assert not all(check["pass"] for check in erlang_report.checks(lines, ALL, DESIGN))


async def test_a_contact_without_an_end_is_no_result() -> None:
    design = replace(DESIGN, days=1)
    days = {SMALL: erlang_check.draw_days(SMALL, design)}
    played = await erlang_check.play_days(days, design, "x", player(forget=True), lambda _: None)
    assert played.unfinished == [f"{SMALL.name}: c{len(days[SMALL][0].contacts) - 1:05d} was not played to its end"]
    lines = erlang_check.judge(days, played, {SMALL: []}, design)
    assert lines == []
    checks = {check["name"]: check["pass"] for check in erlang_report.checks(lines, played, DESIGN)}
    assert checks == {"days of each case": True, "days with a contact without an end": False}


async def test_expectations_come_from_the_pool_as_from_here() -> None:
    design = replace(DESIGN, expectation=8_000)
    done: list[int] = []
    found = erlang_check.expectations([SMALL], design, done.append)
    assert list(found) == [SMALL]
    assert len(found[SMALL]) == 40
    assert sum(done) == 8_000
    again = erlang_check._chunk(SMALL, 200, 2, f"1 {SMALL.id} expectation 7")
    assert all(day in found[SMALL] for day in again)


def test_too_few_days_are_no_check() -> None:
    assert not erlang_report.checks([], ALL, replace(DESIGN, days=19))[0]["pass"]
    assert erlang_report.checks([], ALL, replace(DESIGN, days=20))[0]["pass"]


@pytest.mark.parametrize(
    ("case", "mean", "half_width", "passed"),
    [
        (SMALL, 105.0, 6.0, True),
        (SMALL, 105.0, 4.9, False),  # does not contain 100
        (SMALL, 95.0, 4.9, False),
        (SMALL, 100.0, 10.1, False),  # too wide
        (Case(1000, 240, 70), 100.0, 24.9, True),  # above 90 % load
        (Case(1000, 240, 70), 100.0, 25.1, False),
    ],
)
def test_what_passes(case: Case, mean: float, half_width: float, passed: bool) -> None:
    line = Line(case, "mean wait", 100.0, Interval(mean, half_width), Interval(0, 0))
    assert line.passed is passed


@pytest.mark.parametrize("case", [SMALL, IMPATIENT, Case(1000, 240, 70)], ids=lambda case: case.id)
def test_the_law_is_that_of_the_formula(case: Case) -> None:
    """P(W > 0), the occupancy and the queue from the law that days are drawn by, summed up anew."""
    cumulated = law(case)
    shares = [share - before for before, share in zip([0.0, *cumulated], cumulated, strict=False)]
    assert sum(shares[case.agents :]) == pytest.approx(case.queue.wait_probability, rel=1e-9)
    busy = sum(share * min(number, case.agents) for number, share in enumerate(shares))
    assert busy / case.agents == pytest.approx(case.queue.occupancy, rel=1e-9)
    waiting = sum(share * max(0, number - case.agents) for number, share in enumerate(shares))
    assert waiting == pytest.approx(case.queue.queue_length, rel=1e-9)


def test_days_are_stationary_from_their_first_minute() -> None:
    """The mean of very short days is the formula's: a transient would show nowhere as it would there."""
    lines = [
        measure(IMPATIENT, sample, by_fcfs(IMPATIENT, sample))
        for rng in [random.Random(12)]
        for cumulated in [law(IMPATIENT)]
        for sample in (draw(IMPATIENT, cumulated, 3, rng) for _ in range(40_000))
    ]
    for figure, value in theory(IMPATIENT).items():
        values = [line[figure] for line in lines]
        assert mean_interval(values, 1e-6).contains(value), figure
        assert mean_interval(values, 1e-6).half_width < 0.08 * value, figure


def test_a_day_for_the_router_is_the_day_that_was_drawn() -> None:
    sample = draw(IMPATIENT, law(IMPATIENT), 50, random.Random(2))
    day = as_day(IMPATIENT, sample, 9)
    assert len(day.agents) == 5
    assert day.policy.auto_accept
    assert not day.policy.wrap_up_time
    assert [
        (round(caller.arrival - OPENING, 6), caller.service, caller.patience) for caller in day.callers
    ] == sample.contacts
    assert sample.first > 0
    assert all(contact.arrival == 0 for contact in sample.contacts[: sample.first])
    assert 0 < sample.contacts[sample.first].arrival < sample.contacts[-1].arrival < sample.length
    # Both players see it alike, to the float's last digits.
    ours, theirs = by_fcfs(IMPATIENT, sample), by_router(play(day))
    assert [outcome.answered for outcome in ours] == [outcome.answered for outcome in theirs]
    for name, value in measure(IMPATIENT, sample, ours).items():
        assert measure(IMPATIENT, sample, theirs)[name] == pytest.approx(value, rel=1e-9), name


def test_an_agent_is_busy_until_he_is_free_again() -> None:
    """Not only until the service ends: wrap-up is work."""
    sample = draw(SMALL, law(SMALL), 20, random.Random(3))
    outcomes = by_router(play(as_day(SMALL, sample, 9), hold=1.5))
    for contact, outcome in zip(sample.contacts, outcomes, strict=True):
        assert outcome.ended - outcome.began == pytest.approx(1.5 * contact.service, abs=1e-6)


def test_figures_by_hand() -> None:
    """One agent, 100 s counted in which one contact is expected: all kinds of outcome, and the first one's work."""
    case, sample = Case(36, 50, 1, 60), draw(Case(36, 50, 1, 60), [0.0, 1.0], 1, random.Random(1))
    assert (sample.first, sample.length) == (1, 100)
    outcomes = [
        Outcome(0.0, True, 0.0, 30.0),  # of before
        Outcome(20.0, True, 30.0, 40.0),
        Outcome(20.001, True, 90.0, 130.0),
        Outcome(5.0, False),
        Outcome(0.0005, True, 140.0, 150.0),
    ]
    assert measure(case, sample, outcomes) == {
        "wait probability": 3,
        "mean wait": pytest.approx(45.0015),
        "service level": 2,
        "occupancy": pytest.approx((30 + 10 + 10) / 100),
        "abandonment": 1,
    }


def test_what_is_shown_and_written() -> None:
    lines = [
        Line(SMALL, "mean wait", 100.0, Interval(104.0, 5.0), Interval(90.0, 80.0)),
        Line(SMALL, "occupancy", 0.8, Interval(0.9, 0.05), Interval(0.91, 0.3)),
        Line(IMPATIENT, "abandonment", 0.2, Interval(0.21, 0.02), Interval(0.3, 0.2)),
    ]
    console = Console(width=80, record=True, file=io.StringIO())
    erlang_report.show(console, lines, DESIGN)
    text = console.export_text()
    rows = [" ".join(row.split()) for row in text.splitlines()]
    assert max(map(len, text.splitlines())) <= 80
    assert "mean wait 100.00 104.00 ± 5.00 5.0% 90.00 ± 80.00 pass" in rows
    assert "occupancy 0.8000 0.9000 ± 0.0500 6.2% 0.9100 ± 0.3000 FAIL" in rows
    assert "abandonment 0.2000 0.2100 ± 0.0200 10.0% 0.3000 ± 0.2000 pass" in rows
    assert text.index(SMALL.name) < text.index("mean wait") < text.index(IMPATIENT.name) < text.index("abandonment")

    assert erlang_report.checks(lines, ALL, DESIGN)[2:] == [
        {"name": SMALL.name, "value": "1 of 2 agree, to 6.2%", "goal": "all, to 10%", "pass": False},
        {"name": IMPATIENT.name, "value": "1 of 1 agree, to 10.0%", "goal": "all, to 25%", "pass": True},
    ]
    written = erlang_report.details(lines, ALL, DESIGN)
    assert written["design"]["contacts"] == 200
    assert written["unfinished"] == []
    assert written["figures"][1] == {
        "case": SMALL.name, "figure": "occupancy", "theory": 0.8, "estimate": 0.9, "half_width": 0.05,
        "crude": 0.91, "crude_half_width": 0.3, "width_goal": 0.1, "pass": False,
    }  # fmt: skip
