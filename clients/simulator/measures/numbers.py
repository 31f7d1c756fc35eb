"""Means, shares, percentiles, and lengths of time: what every measure is made of."""

import math
from collections.abc import Iterable, Sequence

PERCENTILES = (50, 95, 99)

Span = tuple[float, float]
"""Beginning and end, in seconds of the day."""


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` per cent of the values do not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def percentiles_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds, with the number of values."""
    found = {f"p{percent}_ms": round(percentile(seconds, percent) * 1000, 2) for percent in PERCENTILES}
    return {"count": len(seconds), **found}


def mean(values: Iterable[float]) -> float:
    """The mean; 0 of none."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def share(part: float, whole: float) -> float:
    """The part over the whole; 0 where there is nothing."""
    return part / whole if whole else 0.0


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def length(spans: Iterable[Span], within: Span = (-math.inf, math.inf)) -> float:
    """Seconds of spans that do not overlap, counted within another one."""
    return sum(max(0.0, min(end, within[1]) - max(start, within[0])) for start, end in spans)
