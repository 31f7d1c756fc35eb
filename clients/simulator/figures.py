"""The figures of a run, each with its definition."""

import math
from collections.abc import Iterable, Sequence

from acd.v1 import event_pb2 as events
from simulator.run import Result

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
    "revoked": "offers that the router took back (their callers may have left)",
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


def figures(result: Result) -> dict[str, float]:
    """Figures in seconds of the day, under the names of `FIGURES`."""
    to_day = result.speed / 1e6
    stays = list(result.feed.stays.values())
    totals = result.feed.totals()
    answered = [(stay.accepted - stay.enqueued) * to_day for stay in stays if stay.accepted]
    left = [(stay.ended - stay.enqueued) * to_day for stay in stays if stay.ended and not stay.accepted]
    threshold = result.day.policy.service_level_threshold
    duties = result.feed.duties.values()
    signed_in = sum(
        duty.signed_in + (result.feed.last_time - duty.signed_in_since if duty.signed_in_since else 0)
        for duty in duties
    )
    counts = result.feed.counts
    return {
        "offered": len(stays),
        "handled": totals["completed"],
        "abandoned": totals["abandoned"],
        "service_level": sum(wait <= threshold for wait in answered) / max(len(stays), 1),
        "speed_of_answer_s": mean(answered),
        "mean_wait_s": mean(answered + left),
        "abandonment": totals["abandoned"] / max(len(stays), 1),
        "time_to_abandon_s": mean(left),
        "occupancy": sum(duty.at_work for duty in duties) / max(signed_in, 1),
        "offers_per_contact": mean(stay.offers for stay in stays if stay.offers),
        "declines": counts[events.EVENT_TYPE_CONTACT_DECLINED],
        "misses": counts[events.EVENT_TYPE_CONTACT_MISSED],
        "revoked": counts[events.EVENT_TYPE_CONTACT_REVOKED],
    }
