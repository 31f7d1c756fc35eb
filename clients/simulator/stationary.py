"""Days of one queue that are stationary from their first moment, so that none of their contacts has to be thrown away.

A case is a queue of `erlang.py`. Its day opens in the state that the queue is in at a random moment
of its endless life: the number of contacts in the system is drawn from the stationary law of the
birth-death chain, added up here from state 0, and those contacts come at the opening, all in the
same moment. As many as there are agents are answered at once; the others wait, in order. That is
exactly the state meant, since exponential times have no memory: what is left of a service or of a
patience that began earlier is distributed as a whole one. These first contacts are not counted.

From then on contacts come in a Poisson stream until the end of the counted time, and every one of
them is played to its end. Sums over the counted contacts are divided by the number that is
expected, not by the number that came: then the expectation of each figure is exactly the
stationary one (Poisson arrivals see time averages, R. Wolff, 1982), without the bias of a ratio.
"""

import math
import random
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.distributions import fixed
from simulator.erlang import ErlangA, ErlangC, queue_of
from simulator.fcfs import NEVER, Contact, serve
from simulator.history import History

HOUR = 3600.0
OPENING = 60.0
"""Second of the router's day at which the counted time begins; the agents sign in at midnight."""
STAY = 2 * 86400.0
"""Seconds after the counted time until the agents leave: everybody is served long before."""
AT_ONCE = 0.001
"""Seconds: waits up to this count as none. The router's stamps are unique, so those of one moment differ by
microseconds; the formula is asked for the same P(W > 1 ms)."""
THRESHOLD = 20.0
"""Seconds of the service level."""
SKILL = "calls"
HABITS = Habits(decline=0, miss=0, answer=fixed(0), wrap_up=fixed(0))
POLICY = Policy(offer_timeout=30, wrap_up_time=0, retry_delay=0, service_level_threshold=THRESHOLD, auto_accept=True)

Figures = dict[str, float]
"""By name: wait probability, mean wait (s), service level, occupancy, abandonment (only where callers hang up)."""


@dataclass(frozen=True, slots=True)
class Case:
    """A single-skill centre; Erlang C where patience is infinite, else Erlang A."""

    per_hour: float
    """Contacts an hour."""
    service: float
    """Mean seconds, exponential."""
    agents: int
    patience: float = math.inf
    """Mean seconds, exponential."""

    @property
    def rate(self) -> float:
        """Contacts a second."""
        return self.per_hour / HOUR

    @property
    def load_share(self) -> float:
        """Offered load over agents."""
        return self.rate * self.service / self.agents

    @property
    def queue(self) -> ErlangC | ErlangA:
        return queue_of(self.rate, self.service, self.agents, self.patience)

    @property
    def name(self) -> str:
        model = "C" if math.isinf(self.patience) else "A"
        parts = [f"{self.per_hour:g}/h", f"{self.service:g} s", f"{self.agents} agents"]
        return f"{model} " + ", ".join(parts if model == "C" else [*parts, f"patience {self.patience:g} s"])

    @property
    def id(self) -> str:
        """The same in the letters of a center's id."""
        numbers = [self.per_hour, self.service, self.agents]
        return "-".join(f"{n:g}" for n in (numbers if math.isinf(self.patience) else [*numbers, self.patience]))


class Sample(NamedTuple):
    """A day that was drawn; times in seconds from the opening, to the microsecond, as the router keeps them."""

    contacts: list[Contact]
    first: int
    """How many of them are there at the opening, and do not count."""
    length: float
    """Seconds in which counted contacts come."""


class Outcome(NamedTuple):
    """What became of a contact; times in seconds from the opening."""

    wait: float
    """To the answer or the hang-up."""
    answered: bool
    began: float = NEVER
    """When an agent was taken."""
    ended: float = NEVER
    """When that agent was free again."""


def law(case: Case) -> list[float]:
    """The stationary distribution of the number of contacts in the system, cumulated; the last is 1."""
    weights, weight, number = [1.0], 1.0, 0
    while True:
        number += 1
        waiting = max(0, number - case.agents)
        ratio = case.rate / (min(number, case.agents) / case.service + waiting / case.patience)
        weight *= ratio
        weights.append(weight)
        # From here on the weights lie below a geometric series.
        if number >= case.agents and ratio < 1 and weight / (1 - ratio) < 1e-16 * sum(weights):
            break
    total, sum_so_far, cumulated = math.fsum(weights), 0.0, []
    for weight in weights:
        sum_so_far += weight / total
        cumulated.append(sum_so_far)
    return [*cumulated[:-1], 1.0]


def draw(case: Case, cumulated: list[float], expected: float, rng: random.Random) -> Sample:
    """A day on which `expected` contacts are expected to be counted; `cumulated` is the `law` of the case."""
    first = bisect_left(cumulated, rng.random())
    length = expected / case.rate
    moments = [0.0] * first
    now = rng.expovariate(case.rate)
    while now < length:
        moments.append(now)
        now += rng.expovariate(case.rate)
    leave = 0.0 if math.isinf(case.patience) else 1 / case.patience
    served = 1 / case.service
    contacts = [
        Contact(
            round(moment, 6),
            round(rng.expovariate(served), 6),
            round(rng.expovariate(leave), 6) if leave else math.inf,
        )
        for moment in moments
    ]
    return Sample(contacts, first, length)


def as_day(case: Case, sample: Sample, seed: int) -> Day:
    """The same day for the router: agents accept at once and have no wrap-up."""
    callers = [
        Caller(f"c{number:05d}", OPENING + contact.arrival, {SKILL: 1}, contact.patience, contact.service)
        for number, contact in enumerate(sample.contacts)
    ]
    end = OPENING + sample.length + STAY
    agents = [AgentPlan(f"a{number:03d}", {SKILL: 1}, 0.0, end, HABITS) for number in range(case.agents)]
    return Day(case.name, callers, agents, POLICY, seed)


def by_fcfs(case: Case, sample: Sample) -> list[Outcome]:
    """What comes of the day when it is served in order of arrival, by `fcfs.py`."""
    return [
        Outcome(contact.patience, False)
        if moment == NEVER
        else Outcome(moment - contact.arrival, True, moment, moment + contact.service)
        for contact, moment in zip(sample.contacts, serve(sample.contacts, case.agents), strict=True)
    ]


def by_router(history: History) -> list[Outcome]:
    """What came of the day when the router played it; raises `Unfinished`."""
    outcomes = []
    for caller in history.day.callers:
        stay = history.stays.get(caller.id)
        if stay is None or stay.wait is None or stay.ended is None:
            raise Unfinished(f"{history.day.title}: {caller.id} was not played to its end")
        if stay.accepted is None:
            outcomes.append(Outcome(stay.wait, False))
        else:
            outcomes.append(Outcome(stay.wait, True, stay.accepted - OPENING, stay.ended - OPENING))
    return outcomes


class Unfinished(Exception):  # noqa: N818 - says what is the matter
    """A contact of a day has no end: there is nothing to compare."""


def measure(case: Case, sample: Sample, outcomes: list[Outcome]) -> Figures:
    """The figures of a day."""
    expected = case.rate * sample.length
    counted = outcomes[sample.first :]
    figures = {
        "wait probability": sum(outcome.wait > AT_ONCE for outcome in counted) / expected,
        "mean wait": sum(outcome.wait for outcome in counted) / expected,
        "service level": sum(outcome.answered and outcome.wait <= THRESHOLD for outcome in counted) / expected,
        "occupancy": _busy(outcomes, sample.length) / (case.agents * sample.length),
    }
    if math.isfinite(case.patience):
        figures["abandonment"] = sum(not outcome.answered for outcome in counted) / expected
    return figures


def _busy(outcomes: Iterable[Outcome], length: float) -> float:
    """Agent seconds of work within the counted time, the first contacts' too."""
    return sum(min(outcome.ended, length) - outcome.began for outcome in outcomes if outcome.began < length)


def theory(case: Case) -> Figures:
    """The same figures by formula."""
    queue = case.queue
    figures = {
        "wait probability": queue.wait_exceeds(AT_ONCE),
        "mean wait": queue.mean_wait,
        "service level": queue.service_level(THRESHOLD),
        "occupancy": queue.occupancy,
    }
    return figures | ({"abandonment": queue.abandonment} if math.isfinite(case.patience) else {})
