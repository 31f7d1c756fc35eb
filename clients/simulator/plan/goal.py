"""What a staffing must reach, and how far one that was simulated is from it."""

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

from simulator.plan.outcome import Form, Outcome
from simulator.profile_parts import MAX_SECONDS
from simulator.statistics import Interval, mean_interval, student_t

CONFIDENCE = 0.95
WHOLE = 100
"""Per cent."""
NUMBER = r"[0-9]+(?:\.[0-9]+)?"

Staffing = tuple[int, ...]
"""Agents of each group, in the profile's order."""


class TargetError(Exception):
    """A target that means nothing; the text says what it must look like."""


class Aim(NamedTuple):
    """One thing that is asked: the mean over days of a figure of a day."""

    name: str
    least: float
    """The abandonment is asked as the share that does not abandon, so that more is always better."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A service level, of all contacts or of each type, and perhaps an abandonment."""

    share: float
    threshold: float
    """Seconds."""
    form: Form = "against"
    abandonment: float | None = None
    each_type: bool = False

    @classmethod
    def parse(cls, target: str, abandon: str = "", form: Form = "against", each_type: bool = False) -> "Goal":
        """From `80/20` and `5%`. Raises TargetError."""
        found = re.fullmatch(f"({NUMBER})/({NUMBER})", target)
        if not found or not 0 < float(found[1]) < WHOLE or not 0 < float(found[2]) <= MAX_SECONDS:
            raise TargetError(f"--target: must be per cent and seconds such as 80/20 (given: {target!r})")
        limit = re.fullmatch(f"({NUMBER})%?", abandon)
        if abandon and not (limit and float(limit[1]) < WHOLE):
            raise TargetError(f"--abandon: must be per cent such as 5% (given: {abandon!r})")
        return cls(
            float(found[1]) / WHOLE, float(found[2]), form, float(limit[1]) / WHOLE if limit else None, each_type
        )

    def aims(self, types: Sequence[str]) -> list[Aim]:
        names = [f"service level of {name}" for name in types] if self.each_type else ["service level"]
        found = [Aim(name, self.share) for name in names]
        return found if self.abandonment is None else [*found, Aim("not abandoned", 1 - self.abandonment)]

    def reached(self, outcome: Outcome) -> Iterator[float]:
        """What one day reached of each of `aims`."""
        for tally in outcome.types.values() if self.each_type else [outcome.all]:
            yield tally.level(self.form)
        if self.abandonment is not None:
            yield 1 - outcome.all.abandonment


@dataclass(frozen=True, slots=True)
class Estimate:
    """A staffing, by the days that were simulated with it."""

    staffing: Staffing
    goal: Goal
    days: list[Outcome]

    @property
    def aims(self) -> list[Aim]:
        return self.goal.aims(list(self.days[0].types))

    @property
    def means(self) -> list[float]:
        """The mean over the days of each of `aims`."""
        return [statistics.fmean(column) for column in self._columns()]

    @property
    def shortfall(self) -> float:
        """What the means lack of the goal, all aims added up; 0: it is met."""
        return sum(max(0.0, aim.least - mean) for aim, mean in zip(self.aims, self.means, strict=True))

    @property
    def met(self) -> bool:
        return self.shortfall == 0

    @property
    def slack(self) -> float:
        """By how much the mean of the tightest aim is above the goal; negative: below."""
        return min(mean - aim.least for aim, mean in zip(self.aims, self.means, strict=True))

    @property
    def level(self) -> float:
        """The mean of the days' service levels of all contacts."""
        return statistics.fmean(self._levels())

    @property
    def interval(self) -> Interval:
        """Of the mean service level of all contacts, by Student's t over the days."""
        return mean_interval(self._levels(), 1 - CONFIDENCE)

    @property
    def sure(self) -> float:
        """Confidence that the true means reach the goal, by one-sided Student's t.

        With several aims their probabilities of error are added up (Bonferroni).
        """
        each = starmap(_one_sided, zip(self._columns(), (aim.least for aim in self.aims), strict=True))
        return max(0.0, 1 - sum(1 - confidence for confidence in each))

    @property
    def good_days(self) -> int:
        """Days that reach every aim by themselves."""
        aims = self.aims
        return sum(
            all(value >= aim.least for aim, value in zip(aims, self.goal.reached(day), strict=True))
            for day in self.days
        )

    @property
    def abandonment(self) -> float:
        return statistics.fmean(day.all.abandonment for day in self.days)

    @property
    def occupancy(self) -> float:
        return statistics.fmean(day.time.occupancy for day in self.days)

    def type_level(self, name: str) -> Interval:
        return mean_interval([day.types[name].level(self.goal.form) for day in self.days], 1 - CONFIDENCE)

    def type_abandonment(self, name: str) -> float:
        return statistics.fmean(day.types[name].abandonment for day in self.days)

    def group_occupancy(self, name: str) -> float:
        return statistics.fmean(day.groups[name].occupancy for day in self.days)

    def _levels(self) -> list[float]:
        return [day.all.level(self.goal.form) for day in self.days]

    def _columns(self) -> list[tuple[float, ...]]:
        return list(zip(*(tuple(self.goal.reached(day)) for day in self.days), strict=True))


def _one_sided(values: Sequence[float], least: float) -> float:
    """1 minus the p-value of Student's t-test that the mean of independent `values` is below `least`."""
    mean = statistics.fmean(values)
    spread = statistics.stdev(values, mean) if len(values) > 1 else 0.0
    if not spread:
        return float(mean >= least)
    t = (mean - least) * len(values) ** 0.5 / spread
    inside = student_t(abs(t), len(values) - 1)
    return (1 + inside) / 2 if t >= 0 else (1 - inside) / 2
