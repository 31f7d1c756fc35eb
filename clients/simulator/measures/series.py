"""The day hour by hour: what the plots show. Where nothing happened there is None, which JSON writes as null.

A contact belongs to the interval in which it came, whatever becomes of it and when, as workforce planning counts.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.history import History, Stay
from simulator.measures.contacts import Rule, service_level, waited
from simulator.measures.numbers import Span, length, percentile
from simulator.measures.queue import mean_length, most_at_once, span_of, waits
from simulator.measures.staff import Work, by_group

MINUTE = 60.0
LONG_DAY = 5 * 3600.0
"""Seconds from which on a day is shown by the half hour; a shorter one by ten minutes."""
STEPS = (30 * MINUTE, 10 * MINUTE)
QUEUE_PARTS = 3
"""The queue's length is shown in finer steps: so many to an interval."""
FEW_BINS = 24
NICE_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200)
"""Seconds that a bar of the distribution of waits may stand for."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Intervals of equal length, in seconds of the day."""

    start: float
    step: float
    count: int

    @classmethod
    def over(cls, *spans: Span) -> "Grid":
        """Whole half hours, or tens of minutes of a short day, that hold all these times."""
        begin, end = min(start for start, _ in spans), max(end for _, end in spans)
        step = STEPS[0] if end - begin >= LONG_DAY else STEPS[1]
        first = math.floor(begin / step) * step
        return cls(first, step, max(1, math.ceil((end - first) / step)))

    def finer(self, parts: int) -> "Grid":
        return Grid(self.start, self.step / parts, self.count * parts)

    def intervals(self) -> list[Span]:
        return [(self.start + i * self.step, self.start + (i + 1) * self.step) for i in range(self.count)]

    def place(self, moment: float) -> int:
        """The interval that holds the moment; those outside are counted to the first and the last."""
        return min(self.count - 1, max(0, math.floor((moment - self.start) / self.step)))


def grid_of(*histories: History) -> Grid:
    """Intervals for these histories, so that they can be set side by side."""
    return Grid.over(*(span_of(history) for history in histories))


def over_the_day(history: History, staff: Sequence[Work], grid: Grid) -> dict[str, Any]:
    """Contacts, waits, service level, agents, occupancy and queue in each interval."""
    stays = list(history.stays.values())
    cells: list[list[Stay]] = [[] for _ in range(grid.count)]
    for stay in stays:
        cells[grid.place(stay.enqueued)].append(stay)
    ends = [Counter(_end(stay) for stay in cell) for cell in cells]
    levels = [service_level(cell, Rule.of(history.day), history.end) for cell in cells]
    return {
        "start_s": grid.start,
        "step_s": grid.step,
        "offered": [len(cell) for cell in cells],
        **{end: [found[end] for found in ends] for end in ("answered", "abandoned", "other")},
        "service_level": [level.abandons_missed if level.offered else None for level in levels],
        "waits": _percentiles(cells),
        "waits_by_type": {kind: _percentiles(_only(cells, kind)) for kind in _types(stays)},
        "staffed": _agents((span for work in staff for span in work.staffed), grid),
        "busy": _agents((span for work in staff for span in work.busy), grid),
        "occupancy": {group: _occupancy(works, grid) for group, works in by_group(staff).items()},
        "occupancy_all": _occupancy(staff, grid),
        "queue": _queue(stays, history.end, grid.finer(QUEUE_PARTS)),
    }


def _end(stay: Stay) -> str:
    """Answered, abandoned, or other: ended by the platform or a limit, or still waiting."""
    if stay.accepted is not None:
        return "answered"
    return "abandoned" if stay.end == "abandoned" else "other"


def _types(stays: Iterable[Stay]) -> list[str]:
    return sorted({stay.caller.type for stay in stays})


def _only(cells: Iterable[Sequence[Stay]], kind: str) -> list[list[Stay]]:
    return [[stay for stay in cell if stay.caller.type == kind] for cell in cells]


def _percentiles(cells: Iterable[Sequence[Stay]]) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = {"p50_s": [], "p95_s": []}
    for cell in cells:
        ended = [wait for stay in cell if (wait := waited(stay)) is not None]
        found["p50_s"].append(percentile(ended, 50) if ended else None)
        found["p95_s"].append(percentile(ended, 95) if ended else None)
    return found


def _occupancy(staff: Sequence[Work], grid: Grid) -> list[float | None]:
    """Time busy over time staffed; None where nobody was there."""
    found: list[float | None] = []
    for interval in grid.intervals():
        staffed = sum(length(work.staffed, interval) for work in staff)
        found.append(sum(length(work.busy, interval) for work in staff) / staffed if staffed else None)
    return found


def _agents(spans: Iterable[Span], grid: Grid) -> list[float]:
    """Agents, averaged over each interval."""
    return _means(_binned(spans, grid), grid)


def _queue(stays: Sequence[Stay], end: float, grid: Grid) -> dict[str, Any]:
    by_type: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_type[stay.caller.type].append(stay)
    everybody = _binned(waits(stays, end), grid)
    return {
        "step_s": grid.step,
        "most": [most_at_once(cell, interval) for cell, interval in zip(everybody, grid.intervals(), strict=True)],
        "mean": _means(everybody, grid),
        "mean_by_type": {kind: _means(_binned(waits(by_type[kind], end), grid), grid) for kind in sorted(by_type)},
    }


def _means(cells: Sequence[Sequence[Span]], grid: Grid) -> list[float]:
    return [mean_length(cell, interval) for cell, interval in zip(cells, grid.intervals(), strict=True)]


def _binned(spans: Iterable[Span], grid: Grid) -> list[list[Span]]:
    """The spans that touch each interval, so that no interval looks at all of them."""
    cells: list[list[Span]] = [[] for _ in range(grid.count)]
    for start, end in spans:
        for index in range(grid.place(start), grid.place(end) + 1):
            cells[index].append((start, end))
    return cells


def distribution(history: History, step: float | None = None) -> dict[str, Any]:
    """How many waited how long, in bars of `step` seconds; the last one holds all that waited longer.

    Without a step, one with which 24 bars reach the 99th percentile.
    """
    stays = [stay for stay in history.stays.values() if stay.wait is not None]
    if step is None:
        reach = percentile([waited(stay) or 0.0 for stay in stays], 99)
        step = next((nice for nice in NICE_STEPS if nice * FEW_BINS >= reach), NICE_STEPS[-1])
    bars: dict[str, list[int]] = {end: [0] * (FEW_BINS + 1) for end in ("answered", "abandoned", "other")}
    for stay in stays:
        bars[_end(stay)][min(FEW_BINS, int((waited(stay) or 0.0) / step))] += 1
    return {"step_s": step, **bars}


def agents(staff: Iterable[Work]) -> list[dict[str, Any]]:
    """Each agent's offers and time."""
    return [
        {
            "agent": work.duty.plan.id,
            "group": work.group,
            "staffed_h": work.hours,
            "busy_h": length(work.busy) / 3600,
            "offers": len(work.offers),
            "answered": len(work.answered),
            "offers_per_hour": work.offers_per_hour,
        }
        for work in staff
    ]
