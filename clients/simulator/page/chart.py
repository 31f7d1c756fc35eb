"""A chart: values over intervals as bars, areas and lines; `draw` lays it out for a given width."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.page.picture import Area, Box, Line, Pattern, Picture, Point, Text, text_width

Values = Sequence[float | None]
"""One for each interval; None where there is nothing."""

SIZE = 12.0
"""Pixels of a text."""
ROW = 20.0
"""Pixels of a row of the legend."""
TICKS = 5
"""Lines that a scale is divided by, about."""
GAP = 16.0
KEY = 14.0
"""Pixels of a sample of a series in the legend."""


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    style: str
    values: Values
    pattern: Pattern = "solid"


@dataclass(frozen=True, slots=True)
class Tick:
    place: float
    """In intervals from the left."""
    text: str
    number: int
    """When there is not room for all, those stay whose number a step divides."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Intervals from left to right."""

    names: list[str]
    """Of each interval, for who points at it."""
    ticks: list[Tick]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is to be shown. Bars and areas are stacked, lines are not."""

    key: str
    title: str
    note: str
    """What is shown, in a sentence or two."""
    unit: str
    axis: Axis
    bars: tuple[Series, ...] = ()
    areas: tuple[Series, ...] = ()
    lines: tuple[Series, ...] = ()
    top: float = 0.0
    """Least end of the scale."""
    rule: tuple[float, str] | None = None
    """A line across at a place on the axis, and its name."""

    @property
    def series(self) -> tuple[Series, ...]:
        return (*self.bars, *self.areas, *self.lines)

    @property
    def highest(self) -> float:
        """The largest value, stacked ones on top of each other."""
        stacks = [sum(value or 0.0 for value in column) for column in _columns([*self.bars, *self.areas])]
        return max(
            [*stacks, *(value for line in self.lines for value in line.values if value is not None)], default=0.0
        )


def _columns(series: Sequence[Series]) -> Iterator[tuple[float | None, ...]]:
    return zip(*(one.values for one in series), strict=True)


def scale(highest: float) -> tuple[float, float]:
    """End and step of a scale from 0 that holds the value, in round numbers."""
    if highest <= 0:
        return 1.0, 1.0
    rough = highest / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in (1, 2, 2.5, 5, 10) if nice * power >= rough * 0.999)
    return math.ceil(highest / step - 1e-9) * step, step


def label(value: float, unit: str) -> str:
    """A value of a scale with its unit."""
    if unit == "share":
        return f"{value:.0%}"
    text = f"{value:,.10g}" if value >= 10 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004 - a taste
    return f"{text} s" if unit == "s" else text


def told(value: float | None, unit: str) -> str:
    """A value for who points at it."""
    if value is None:
        return "none"
    if unit == "share":
        return f"{value:.1%}"
    return f"{value:,.1f} s" if unit == "s" else f"{value:,.4g}"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the values are drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float
    count: int
    end: float
    """Of the scale."""

    def x(self, place: float) -> float:
        return self.left + (self.right - self.left) * place / self.count

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * min(value, self.end) / self.end


def legend(chart: Chart, width: float) -> Picture:
    """The legend alone, for several charts that share it."""
    marks = _legend(chart, 0.0, 0.0, width)
    height = max([0.0, *(mark.y for mark in marks if isinstance(mark, Text))]) + 6
    return Picture(width, height, "Legend", ", ".join(series.name for series in chart.series), marks)


def draw(chart: Chart, width: float, height: float, *, titled: bool = False, named: bool = True) -> Picture:
    """The chart in a picture of this size; `titled` writes its title into it, for one that stands alone.

    Without `named` there is no legend.
    """
    picture = Picture(width, height, chart.title, describe(chart))
    head = 0.0
    if titled:
        picture.marks += [Box(0, 0, width, height, "paper"), Text(12, 24, chart.title, "ink", size=15, bold=True)]
        head = 34.0
    edge = 12.0 if titled else 0.0
    names = _legend(chart, edge, head, width - edge) if named else []
    end, step = scale(max(chart.highest, chart.top))
    values = [step * number for number in range(round(end / step) + 1)]
    room = max(text_width(label(value, chart.unit)) for value in values) + 8
    below = 24.0 + (18.0 if chart.axis.caption and chart.axis.ticks else 0.0) + edge / 2
    top = max([head + 6, *(mark.y + 14 for mark in names if isinstance(mark, Text))]) + 4
    frame = _Frame(edge + room, top, width - max(edge, 4.0), height - below, max(1, len(chart.axis.names)), end)
    picture.marks += names
    for value in values:
        y = frame.y(value)
        picture.marks.append(Line([(frame.left, y), (frame.right, y)], "muted" if value == 0 else "grid", 1.0))
        picture.marks.append(Text(frame.left - 6, y + 4, label(value, chart.unit), "muted", "end"))
    picture.marks += [*_areas(chart, frame), *_bars(chart, frame), *_lines(chart, frame), *_rule(chart, frame)]
    picture.marks += [*_axis(chart.axis, frame), *_pointed(chart, frame)]
    return picture


def _legend(chart: Chart, left: float, top: float, right: float) -> list[Line | Area | Box | Text]:
    """The names of the series in rows, each after a sample; none where there is but one."""
    if len(chart.series) < 2:  # noqa: PLR2004 - one needs no name beside the title
        return []
    marks: list[Line | Area | Box | Text] = []
    x, y = left, top + 14
    for series in chart.series:
        needed = KEY + 6 + text_width(series.name) + GAP
        if x > left and x + needed - GAP > right:
            x, y = left, y + ROW
        if series in chart.lines:
            marks.append(Line([(x, y - 4), (x + KEY + 4, y - 4)], series.style, 2.5, series.pattern))
        else:
            marks.append(Box(x, y - 10, KEY, 11, series.style))
        marks.append(Text(x + KEY + 8, y, series.name, "ink"))
        x += needed + 4
    return marks


def _bars(chart: Chart, frame: _Frame) -> Iterator[Box]:
    slot = frame.x(1) - frame.x(0)
    margin = min(2.0, slot * 0.12)
    for index, column in enumerate(_columns(chart.bars)):
        base = 0.0
        for series, value in zip(chart.bars, column, strict=True):
            if value:
                y = frame.y(base + value)
                yield Box(frame.x(index) + margin, y, slot - 2 * margin, frame.y(base) - y, series.style)
                base += value


def _areas(chart: Chart, frame: _Frame) -> Iterator[Area]:
    below = [0.0] * frame.count
    for series in chart.areas:
        above = [base + (value or 0.0) for base, value in zip(below, series.values, strict=True)]
        upper = [(frame.x(place + 0.5), frame.y(value)) for place, value in enumerate(above)]
        lower = [(frame.x(place + 0.5), frame.y(value)) for place, value in enumerate(below)]
        if any(series.values):
            yield Area(upper + lower[::-1], series.style)
        below = above


def _lines(chart: Chart, frame: _Frame) -> Iterator[Line]:
    for series in chart.lines:
        for run in _runs(series.values, frame):
            width = 2.0 if series.style != "ink" else 1.2
            yield Line(run, series.style, width, series.pattern)


def _runs(values: Values, frame: _Frame) -> Iterator[list[Point]]:
    """Points that follow one another; one that stands alone becomes a short line, so that it is seen."""
    run: list[Point] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append((frame.x(place + 0.5), frame.y(value)))
        elif run:
            half = (frame.x(1) - frame.x(0)) / 3
            yield run if len(run) > 1 else [(run[0][0] - half, run[0][1]), (run[0][0] + half, run[0][1])]
            run = []


def _rule(chart: Chart, frame: _Frame) -> Iterator[Line | Text]:
    if chart.rule is not None:
        x = frame.x(chart.rule[0])
        yield Line([(x, frame.top), (x, frame.bottom)], "ink", 1.2, "dashed")
        yield Text(x + 5, frame.top + 10, chart.rule[1], "ink")


def _axis(axis: Axis, frame: _Frame) -> Iterator[Line | Text]:
    for tick in _fitting(axis.ticks, frame):
        x = frame.x(tick.place)
        yield Line([(x, frame.bottom), (x, frame.bottom + 4)], "muted", 1.0)
        half = text_width(tick.text) / 2
        yield Text(min(max(x, half), frame.right - half + 4), frame.bottom + 17, tick.text, "muted", "middle")
    if axis.caption:
        yield Text(
            (frame.left + frame.right) / 2, frame.bottom + (35 if axis.ticks else 17), axis.caption, "muted", "middle"
        )


def _fitting(ticks: list[Tick], frame: _Frame) -> list[Tick]:
    """As many of the ticks as there is room for."""
    for step in (1, 2, 3, 4, 6, 12):
        kept = [tick for tick in ticks if tick.number % step == 0]
        needed = sum(text_width(tick.text) + GAP for tick in kept)
        if needed <= frame.right - frame.left:
            return kept
    return ticks[:1]


def _pointed(chart: Chart, frame: _Frame) -> Iterator[Box]:
    """Clear columns that tell their values to who points at them."""
    slot = frame.x(1) - frame.x(0)
    for place, name in enumerate(chart.axis.names):
        values = [(series.name, series.values[place]) for series in chart.series]
        lines = [f"{what}: {told(value, chart.unit)}" for what, value in values if value is not None]
        title = "\n".join([name, *lines])
        yield Box(frame.x(place), frame.top, slot, frame.bottom - frame.top, "clear", title)


def describe(chart: Chart) -> str:
    """The chart in words, for who cannot see it: of each series the largest value and where it is."""
    parts = []
    for series in chart.series:
        known = [(value, chart.axis.names[place]) for place, value in enumerate(series.values) if value is not None]
        if known:
            value, name = max(known, key=lambda found: found[0])
            parts.append(f"{series.name}: at most {told(value, chart.unit)} ({name})")
    return f"{chart.note} {'; '.join(parts)}."
