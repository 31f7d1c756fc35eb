"""Whether a series of samples is flat: least squares over its second half, with what its slope may be at most.

Samples that follow each other are alike, so they are averaged in blocks before the line is drawn: the blocks'
scatter, not the samples', says how sure the slope is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

BLOCKS = 16
STUDENT = 2.16
"""97.5 % of Student's t with 13 degrees of freedom: what 16 blocks have beside a line and one covariate."""
HOUR = 3600.0


@dataclass(frozen=True)
class Trend:
    """A slope in percent of the series' mean per hour."""

    mean: float
    slope: float
    within: float
    """Half of the 95 % confidence interval."""
    hours: float
    """Over which the line was drawn."""

    @property
    def least(self) -> float:
        return self.slope - self.within

    @property
    def most(self) -> float:
        return self.slope + self.within

    @property
    def grown(self) -> float:
        """What the series has certainly grown by, in its own unit."""
        return self.least / 100 * self.mean * self.hours

    def __str__(self) -> str:
        return f"{self.slope:+.2f} ± {self.within:.2f} %/h"


def second_half(times: Sequence[float], series: Sequence[float]) -> list[float]:
    """The part of a series that counts: what is filled at first is full by then."""
    middle = (times[0] + times[-1]) / 2
    return [value for at, value in zip(times, series, strict=True) if at >= middle]


def trend(times: Sequence[float], series: Sequence[float], due: Sequence[float] | None = None) -> Trend:
    """The slope of a series in its second half; times in seconds. Needs two samples for each block.

    `due`: something that the series follows rightly, such as how much there should be: only what it does not explain
    counts (the slope of both lines' residuals, which is that of a fit with both; Frisch and Waugh, Econometrica 1933).
    """
    half = second_half(times, times)
    at, values = _blocks(half), _blocks(second_half(times, series))
    mean = fmean(values)
    if due is not None:
        held = _blocks(second_half(times, due))
        at, values = _beyond(at, held), _beyond(values, held)
    at, values = _centred(at), _centred(values)
    spread = math.fsum(t * t for t in at)
    slope = _dot(at, values) / spread
    left = math.fsum((value - slope * t) ** 2 for t, value in zip(at, values, strict=True))
    freedom = len(at) - (2 if due is None else 3)
    within = STUDENT * math.sqrt(left / freedom / spread)
    share = 100 * HOUR / mean if mean else 0.0
    return Trend(mean, slope * share, within * share, (half[-1] - half[0]) / HOUR)


def _blocks(series: Sequence[float]) -> list[float]:
    """Means of as many parts of equal length."""
    assert len(series) >= 2 * BLOCKS, f"{len(series)} samples are too few for {BLOCKS} blocks"
    edges = [len(series) * number // BLOCKS for number in range(BLOCKS + 1)]
    return [fmean(series[begin:end]) for begin, end in pairwise(edges)]


def _centred(series: Sequence[float]) -> list[float]:
    mean = fmean(series)
    return [value - mean for value in series]


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))


def _beyond(series: Sequence[float], held: Sequence[float]) -> list[float]:
    """What of the series a line through `held` does not explain."""
    series, held = _centred(series), _centred(held)
    spread = _dot(held, held)
    share = _dot(series, held) / spread if spread else 0.0
    return [value - share * other for value, other in zip(series, held, strict=True)]
