"""Holds the live router against Erlang C and A: `acd simulate --erlang`.

Each case is played on independent days (`stationary.py`) by the router in virtual time. Alone, they
would say little: near full load waits depend on each other for thousands of contacts, and the router
plays some hundred contacts a second. So the same pre-drawn days are also computed by `fcfs.py`, which
shares no code with the router, as external control variates:

    estimate = mean over the days of (router - fcfs) + E[fcfs]

with E[fcfs] from millions of contacts of other days of the same design, never from a formula. That is
unbiased whatever the router does, and its interval is narrow exactly as far as the router does what
first come, first served does. All intervals, of every figure of every case, hold at once with the
confidence of the design. A figure passes when its interval contains the value of the formula and is
narrow enough to mean something.
"""

import asyncio
import multiprocessing
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import NamedTuple

from simulator.day import Day
from simulator.history import History
from simulator.stationary import (
    Case,
    Figures,
    Sample,
    Unfinished,
    as_day,
    by_fcfs,
    by_router,
    draw,
    law,
    measure,
    theory,
)
from simulator.statistics import Interval, controlled, each_error, mean_interval

CASES = (
    Case(30, 300, 3),
    Case(30, 300, 4),
    Case(30, 300, 5),
    Case(100, 180, 6),
    Case(100, 180, 8),
    Case(1000, 240, 70),
    Case(1000, 240, 75),
    Case(100, 180, 5, 60),
    Case(100, 180, 6, 60),
    Case(1000, 240, 65, 120),
    Case(1000, 240, 70, 120),
)
"""Small and large centres, from half to more than full load."""

HIGH_LOAD = 0.9
"""Share of the agents' time that is offered, beyond which waits vary so much that a wider interval must do."""
WIDTH, WIDTH_AT_HIGH_LOAD = 0.10, 0.25
"""Half-width that an interval may have at most, as a share of the formula's value."""
FEWEST_DAYS = 20
CHUNKS = 20
"""Parts of the days of one case that `expectations` computes at once."""

Play = Callable[[str, Day], Awaitable[History]]
"""Plays a day in a center of this id."""
Done = Callable[[int], None]
"""Is told of contacts that were played."""


@dataclass(frozen=True, slots=True)
class Design:
    """How much is played."""

    seed: int = 1
    days: int = FEWEST_DAYS
    """Replications of each case by the router."""
    contacts: int = 200
    """Expected contacts of a day that count."""
    expectation: int = 3_000_000
    """Expected contacts of each case from which E[fcfs] is estimated."""
    confidence: float = 0.99
    """Of all intervals together."""
    at_once: int = 8
    """Days that the router plays side by side, each in its center."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of one case."""

    case: Case
    figure: str
    theory: float
    estimate: Interval
    crude: Interval
    """What the router's days alone would say."""

    @property
    def width(self) -> float:
        """The half-width as a share of the formula's value."""
        return self.estimate.half_width / self.theory

    @property
    def goal(self) -> float:
        return WIDTH_AT_HIGH_LOAD if self.case.load_share > HIGH_LOAD else WIDTH

    @property
    def passed(self) -> bool:
        return self.estimate.contains(self.theory) and self.width <= self.goal


def draw_days(case: Case, design: Design) -> list[Sample]:
    """The days that router and `fcfs.py` both play."""
    cumulated = law(case)
    return [
        draw(case, cumulated, design.contacts, random.Random(f"{design.seed} {case.id} {number}"))
        for number in range(design.days)
    ]


def expectations(cases: Sequence[Case], design: Design, done: Done) -> dict[Case, list[Figures]]:
    """Figures of many more days by `fcfs.py`, on all cores."""
    days = max(2, design.expectation // design.contacts // CHUNKS)
    found: dict[Case, list[Figures]] = {case: [] for case in cases}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as pool:
        chunks = {
            pool.submit(_chunk, case, design.contacts, days, f"{design.seed} {case.id} expectation {number}"): case
            for case in cases
            for number in range(CHUNKS)
        }
        for chunk in as_completed(chunks):
            found[chunks[chunk]] += chunk.result()
            done(days * design.contacts)
    return found


def _chunk(case: Case, contacts: int, days: int, seed: str) -> list[Figures]:
    """Runs in a process of its own."""
    rng, cumulated, found = random.Random(seed), law(case), []
    for _ in range(days):
        sample = draw(case, cumulated, contacts, rng)
        found.append(measure(case, sample, by_fcfs(case, sample)))
    return found


class Played(NamedTuple):
    """What came of the router's days."""

    figures: dict[Case, list[Figures]]
    unfinished: list[str]
    """A sentence for each day with a contact that has no end: then figures say nothing."""


async def play_days(days: dict[Case, list[Sample]], design: Design, prefix: str, play: Play, done: Done) -> Played:
    """Has the router play the days, several at once; raises ExceptionGroup of what `play` raises."""
    gate = asyncio.Semaphore(design.at_once)
    found = Played({case: [] for case in days}, [])

    async def one(case: Case, number: int, sample: Sample) -> Figures | None:
        async with gate:
            history = await play(f"{prefix}-{case.id}-{number}", as_day(case, sample, design.seed))
        done(len(sample.contacts))
        try:
            return measure(case, sample, by_router(history))
        except Unfinished as error:
            found.unfinished.append(str(error))
            return None

    async with asyncio.TaskGroup() as tasks:
        running = {
            case: [tasks.create_task(one(case, number, sample)) for number, sample in enumerate(samples)]
            for case, samples in days.items()
        }
    for case, of_case in running.items():
        found.figures[case].extend(figures for task in of_case if (figures := task.result()))
    return found


def judge(
    days: dict[Case, list[Sample]],
    played: Played,
    expected: dict[Case, list[Figures]],
    design: Design,
) -> list[Line]:
    """Every figure of every case, with intervals that hold all at once; none when a day is unfinished."""
    if played.unfinished:
        return []
    formulas = {case: theory(case) for case in days}
    error = each_error(design.confidence, sum(map(len, formulas.values())))
    lines = []
    for case, samples in days.items():
        twins = [measure(case, sample, by_fcfs(case, sample)) for sample in samples]
        for figure, value in formulas[case].items():
            router = [figures[figure] for figures in played.figures[case]]
            fcfs = [figures[figure] for figures in twins]
            mean = [figures[figure] for figures in expected[case]]
            lines.append(Line(case, figure, value, controlled(router, fcfs, mean, error), mean_interval(router, error)))
    return lines
