"""The figures of a run, each with its definition."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from simulator.history import History

FIGURES: dict[str, str] = {
    "offered": "contacts that came",
    "handled": "contacts completed",
    "abandoned": "callers who hung up before an answer",
    "service_level": "share of all contacts answered within the threshold",
    "speed_of_answer_s": "mean wait of those answered, to the answer",
    "mean_wait_s": "mean wait of all, to the answer or the end",
    "abandonment": "share of all contacts abandoned",
    "time_to_abandon_s": "mean wait of those who hung up",
    "occupancy": "share of the time signed in spent in service or wrap-up",
    "offers_per_contact": "offers made, over contacts that were offered at all",
    "declines": "offers declined",
    "misses": "offers not answered in time",
    "revoked": "offers that the router took back, with or without the contact's end",
}
SHARES = {"service_level", "abandonment", "occupancy"}
PERCENTILES = (50, 95, 99)


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


def figures(history: History) -> dict[str, float]:
    """Figures in seconds of the day, under the names of `FIGURES`."""
    stays = list(history.stays.values())
    answered = [stay.accepted - stay.enqueued for stay in stays if stay.accepted is not None]
    left = [stay.ended - stay.enqueued for stay in stays if stay.accepted is None and stay.ended is not None]
    ends = Counter(stay.end for stay in stays)
    outcomes = Counter(offer.outcome for stay in stays for offer in stay.offers)
    threshold = history.day.policy.service_level_threshold
    signed_in = sum(end - start for duty in history.duties.values() for start, end in duty.available)
    at_work = sum(end - start for duty in history.duties.values() for start, end in duty.busy)
    return {
        "offered": len(stays),
        "handled": ends["completed"],
        "abandoned": ends["abandoned"],
        "service_level": sum(wait <= threshold for wait in answered) / max(len(stays), 1),
        "speed_of_answer_s": mean(answered),
        "mean_wait_s": mean(answered + left),
        "abandonment": ends["abandoned"] / max(len(stays), 1),
        "time_to_abandon_s": mean(left),
        "occupancy": at_work / signed_in if signed_in else 0.0,
        "offers_per_contact": mean(len(stay.offers) for stay in stays if stay.offers),
        "declines": outcomes["declined"],
        "misses": outcomes["missed"],
        "revoked": outcomes["revoked"],
    }
