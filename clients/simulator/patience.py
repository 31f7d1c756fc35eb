"""How long callers would have waited, from a record that cuts some waits short.

The wait of a caller who hung up is his patience. That of a caller who was
served is only a lower bound. The product-limit estimate (Kaplan and Meier) uses
both.
"""

import bisect
import random
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait on record, in seconds, and whether the caller ended it by hanging up."""

    seconds: float
    hung_up: bool


class Patience:
    """Distribution of patience, in seconds.

    Beyond the longest wait on record the chance to leave in the next second is
    taken as constant, at the average of the whole record.
    """

    def __init__(self, waits: Iterable[Wait]) -> None:
        records = list(waits)
        self.hung_up = sum(wait.hung_up for wait in records)
        exposure = sum(max(wait.seconds, 1.0) for wait in records)
        self._tail_mean = exposure / max(self.hung_up, 1)
        self._times: list[float] = []
        self._survival: list[float] = []
        self._estimate(records)

    def _estimate(self, records: list[Wait]) -> None:
        left: dict[float, tuple[int, int]] = {}
        for wait in records:
            ended, all_of_them = left.get(wait.seconds, (0, 0))
            left[wait.seconds] = (ended + wait.hung_up, all_of_them + 1)
        at_risk, survival = len(records), 1.0
        for seconds in sorted(left):
            ended, all_of_them = left[seconds]
            if ended:
                survival *= 1 - ended / at_risk
                self._times.append(seconds)
                self._survival.append(survival)
            at_risk -= all_of_them

    def survival(self, seconds: float) -> float:
        """Share of callers who are still there after `seconds`."""
        index = bisect.bisect_right(self._times, seconds)
        return self._survival[index - 1] if index else 1.0

    def draw_beyond(self, seconds: float, rng: random.Random) -> float:
        """A patience of a caller who is known to have waited `seconds` without leaving."""
        start = bisect.bisect_right(self._times, seconds)
        threshold = self.survival(seconds) * rng.random()
        low, high = start, len(self._times)
        while low < high:  # survival falls: the first time at which it is no longer above the threshold
            middle = (low + high) // 2
            if self._survival[middle] <= threshold:
                high = middle
            else:
                low = middle + 1
        if low < len(self._times):
            return self._times[low]
        longest = max(seconds, self._times[-1] if self._times else 0.0)
        return longest + rng.expovariate(1 / self._tail_mean)
