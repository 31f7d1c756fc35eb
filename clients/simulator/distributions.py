"""Distributions that callers and agents draw their times from."""

import math
import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["fixed", "exponential", "lognormal", "gamma", "uniform"]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of times in seconds, by its mean and its coefficient of variation.

    `cv`, the standard deviation over the mean, matters to `lognormal` and `gamma` only;
    `uniform` lies between `low` and `high` and has no mean of its own.
    """

    kind: Kind
    mean: float = 0.0
    cv: float = 1.0
    low: float = 0.0
    high: float = 0.0

    def draw(self, rng: random.Random) -> float:
        """One time, not negative; takes from `rng` as many numbers whatever the outcome."""
        if self.kind == "fixed" or (self.kind != "uniform" and self.mean == 0):
            return self.mean
        if self.kind == "exponential":
            return rng.expovariate(1 / self.mean)
        if self.kind == "uniform":
            return rng.uniform(self.low, self.high)
        if self.kind == "lognormal":
            spread = math.log1p(self.cv**2)
            return math.exp(math.log(self.mean) - spread / 2 + math.sqrt(spread) * rng.normalvariate())
        return rng.gammavariate(1 / self.cv**2, self.mean * self.cv**2)

    @property
    def expected(self) -> float:
        """The mean, whatever the kind."""
        return (self.low + self.high) / 2 if self.kind == "uniform" else self.mean


def fixed(seconds: float) -> Distribution:
    return Distribution("fixed", seconds)


def exponential(mean: float) -> Distribution:
    return Distribution("exponential", mean)


def uniform(low: float, high: float) -> Distribution:
    return Distribution("uniform", low=low, high=high)
