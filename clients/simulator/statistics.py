"""Means over independent replications, with intervals that hold all at once.

Everything rests on replications that are independent of each other, each giving one value of
each figure: their means are near enough to normal, and Student's t says how far the mean of r
of them may be from the truth. Where many intervals are looked at, each gets a share of the
probability of error (Bonferroni), so that all of them hold together with the stated confidence,
however they depend on each other.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

HALVINGS = 200
FEWEST = 2
"""Values that a standard deviation takes."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate that is wrong by more than `half_width` with the probability that it was made for, at most."""

    mean: float
    half_width: float

    def contains(self, value: float) -> bool:
        return abs(value - self.mean) <= self.half_width

    def __add__(self, other: "Interval") -> "Interval":
        """The sum of both: if neither is wrong, it is not; so it is wrong with both probabilities together."""
        return Interval(self.mean + other.mean, self.half_width + other.half_width)


def student_t(t: float, freedom: int) -> float:
    """P(-t <= T <= t), T of Student's distribution with `freedom` degrees (1 or more).

    The finite sums of M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, 26.7.3
    (odd degrees) and 26.7.4 (even), which are exact.
    """
    angle = math.atan2(t, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine if odd else 1.0), 0.0
    for power in range(odd, freedom - 1, 2):
        total += term
        term *= cosine * cosine * (power + 1) / (power + 2)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


@cache
def t_quantile(error: float, freedom: int) -> float:
    """The t that Student's T exceeds to one of both sides with probability `error`, between 0 and 1.

    By halving: `student_t` rises with t. For 95 % confidence `error` is .05.
    """
    low, high = 0.0, 1.0
    while 1 - student_t(high, freedom) > error:
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if 1 - student_t(middle, freedom) > error else (low, middle)
    return high


def mean_interval(values: Sequence[float], error: float) -> Interval:
    """The mean of independent values, wrong with probability `error`; infinitely wide below two values."""
    mean = statistics.fmean(values)
    if len(values) < FEWEST:
        return Interval(mean, math.inf)
    spread = statistics.stdev(values, mean) / math.sqrt(len(values))
    return Interval(mean, t_quantile(error, len(values) - 1) * spread if spread else 0.0)


def controlled(values: Sequence[float], twins: Sequence[float], expected: Sequence[float], error: float) -> Interval:
    """The mean of `values` by an external control variate, wrong with probability `error`.

    Value i was measured on the same chance as twin i, whose expectation the independent `expected`
    estimate: E = mean(value - twin) + mean(expected). That is unbiased however values and twins differ,
    and narrow as far as they agree. Half of the error goes to each of the two means.
    """
    differences = [value - twin for value, twin in zip(values, twins, strict=True)]
    return mean_interval(differences, error / 2) + mean_interval(expected, error / 2)


def each_error(family_confidence: float, intervals: int) -> float:
    """The error that each of `intervals` may have, so that all hold with `family_confidence` (Bonferroni)."""
    return (1 - family_confidence) / intervals
