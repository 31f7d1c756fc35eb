"""What contacts went through: waits, service level in its three forms, abandonment.

Each function takes the contacts it is asked about, so that a type or a priority is measured as the
whole day is. `definitions.py` has the formulas and their sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.day import Day
from simulator.history import History, Stay
from simulator.measures.numbers import PERCENTILES, mean, percentile, share


@dataclass(frozen=True, slots=True)
class Rule:
    """By what a wait is judged, in seconds."""

    threshold: float
    """Who is answered in this time or exactly at its end is answered in time."""
    short: float
    """Who hangs up before this has not really asked, and is left out of a service level."""

    @classmethod
    def of(cls, day: Day) -> "Rule":
        return cls(day.policy.service_level_threshold, day.short_abandon)


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """Counts behind a service level: contacts that were answered or left within the threshold, or reached it."""

    answered: int
    """Answered within the threshold."""
    abandoned: int
    """Abandoned within the threshold, and not short."""
    offered: int
    """All that count: not who hung up short, nor who has waited for less than the threshold when the day ends."""

    @property
    def abandons_ignored(self) -> float:
        """As if those who left in time had not come."""
        return share(self.answered, self.offered - self.abandoned)

    @property
    def abandons_missed(self) -> float:
        """Who left in time was not served in time."""
        return share(self.answered, self.offered)

    @property
    def abandons_met(self) -> float:
        """Who left in time was not made to wait longer than promised."""
        return share(self.answered + self.abandoned, self.offered)


def waited(stay: Stay) -> float | None:
    """Seconds to the answer or the end; None while it waits.

    To the microsecond, as stamps are: a difference of two floats may miss a threshold that was met.
    """
    return None if stay.wait is None else round(stay.wait, 6)


def is_short(stay: Stay, rule: Rule) -> bool:
    wait = waited(stay)
    return stay.end == "abandoned" and wait is not None and wait < rule.short


def service_level(stays: Sequence[Stay], rule: Rule, end: float) -> ServiceLevel:
    """Counted at the first of answer, leaving and threshold; `end` is the day's last moment."""
    answered = abandoned = offered = 0
    for stay in stays:
        wait = waited(stay)
        if is_short(stay, rule) or (wait is None and end - stay.enqueued < rule.threshold):
            continue
        offered += 1
        if wait is not None and wait <= rule.threshold:
            answered += stay.accepted is not None
            abandoned += stay.end == "abandoned"
    return ServiceLevel(answered, abandoned, offered)


def contact_figures(stays: Sequence[Stay], history: History) -> dict[str, float]:
    """Figures of these contacts, which are some or all of the history's."""
    rule = Rule.of(history.day)
    level = service_level(stays, rule, history.end)
    left = [wait for stay in stays if stay.end == "abandoned" and (wait := waited(stay)) is not None]
    short = sum(is_short(stay, rule) for stay in stays)
    ended = [wait for stay in stays if (wait := waited(stay)) is not None]
    answered = [wait for stay in stays if stay.accepted is not None and (wait := waited(stay)) is not None]
    still = [history.end - stay.enqueued for stay in stays if stay.wait is None]
    return {
        "offered": len(stays),
        "answered": len(answered),
        "handled": sum(stay.end == "completed" for stay in stays),
        "abandoned": len(left),
        "short_abandons": short,
        "service_level": level.abandons_missed,
        "service_level_abandons_ignored": level.abandons_ignored,
        "service_level_abandons_met": level.abandons_met,
        "speed_of_answer_s": mean(answered),
        "mean_wait_s": mean(ended),
        **{f"wait_p{percent}_s": percentile(ended, percent) for percent in PERCENTILES},
        "longest_wait_s": max(ended + still, default=0.0),
        "abandonment": share(len(left), len(stays)),
        "abandonment_without_short": share(len(left) - short, len(stays) - short),
        "time_to_abandon_s": mean(left),
    }
