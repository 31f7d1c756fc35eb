"""Ratios that a noisy machine does not move: many short rounds, their median, and how far they lie apart."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

QUARTILES = 4


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of ratios A / B, each from one round in which A and B took turns, and the quartiles around it."""

    median: float
    low: float
    high: float
    rounds: int

    def details(self) -> dict[str, float]:
        return {"median": self.median, "low_quartile": self.low, "high_quartile": self.high, "rounds": self.rounds}


def ratio(above: Sequence[float], below: Sequence[float]) -> Ratio:
    """Round i of `above` by round i of `below`. Raises ValueError when there is none, or not as many of both.

    The median of ratios, not the ratio of sums: a round in which the machine was busy
    with something else is one bad value, wherever it lies.
    """
    each = [a / b for a, b in zip(above, below, strict=True)]
    if not each:
        raise ValueError("no round was measured")
    low, high = each[0], each[0]
    if len(each) > 1:
        low, _, high = statistics.quantiles(each, n=QUARTILES, method="inclusive")
    return Ratio(statistics.median(each), low, high, len(each))


def percentile(values: Sequence[float], percent: float) -> float:
    """The least value that `percent` of all do not exceed (nearest rank); raises ValueError when there is none."""
    if not values:
        raise ValueError("no value was measured")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
