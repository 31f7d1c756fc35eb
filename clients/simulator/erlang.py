"""Exact figures of one queue and n equal agents: Erlang C, whose callers wait for ever, and Erlang A, whose do not.

Contacts come in a Poisson stream of `rate` a second, are served in order of arrival for an
exponential time of mean `service`, and (Erlang A) hang up after an exponential time of mean
`patience` unless an agent has answered. All times are in seconds. With

    a = rate * service       the offered load in Erlang
    c = agents * patience / service,  x = rate * patience

the number j of contacts in the system is a birth-death chain: up at `rate`, down at
min(j, n) / service + max(0, j - n) / patience. Everything here follows from its stationary
distribution pi, in closed form or as a sum of positive terms that begins at the largest, kept
as a logarithm: so nothing overflows, and nothing is lost by cancellation, except that a service
level is 1 minus the rest, and that overload with long patience costs digits of the waits'
distribution: at x = 10 million its values are wrong by up to 2e-8.

Sources: A. K. Erlang (1917) and, for C, any text on M/M/n, as
https://en.wikipedia.org/wiki/M/M/c_queue; for A the model of C. Palm (1957), defined in
C. Knessl and J. van Leeuwaarden, doi 10.1007/s00186-015-0498-9; S. Zeltyn and A. Mandelbaum,
doi 10.1007/s11134-005-3699-8, have the density of the offered wait that is used below.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

NEGLIGIBLE = 1e-17
"""Share of a sum that its left-out terms do not exceed together."""
HALVINGS = 200


def erlang_b(load: float, agents: int) -> float:
    """Probability that all `agents` are busy when nobody waits (M/M/n/n), `load` in Erlang.

    By the recursion B(k) = load B(k-1) / (k + load B(k-1)), B(0) = 1: no factorials, no subtraction.
    """
    blocked = 1.0
    for busy in range(1, agents + 1):
        blocked = load * blocked / (busy + load * blocked)
    return blocked


@dataclass(frozen=True)
class ErlangC:
    """M/M/n: nobody hangs up. With as much load as agents or more, the queue grows and waits are infinite."""

    rate: float
    """Contacts a second, 0 or more."""
    service: float
    """Mean seconds that a contact holds an agent, above 0."""
    agents: int
    """1 or more."""

    def __post_init__(self) -> None:
        _demand("rate", self.rate, self.rate >= 0, "0 or more")
        _demand("service", self.service, self.service > 0, "above 0")
        _demand("agents", self.agents, self.agents >= 1, "1 or more")

    @property
    def load(self) -> float:
        """The offered load in Erlang."""
        return self.rate * self.service

    @property
    def stable(self) -> bool:
        return self.load < self.agents

    @cached_property
    def wait_probability(self) -> float:
        """P(W > 0), Erlang's C: n B / (n - a (1 - B)) with B of `erlang_b`."""
        if not self.stable:
            return 1.0
        blocked = erlang_b(self.load, self.agents)
        return self.agents * blocked / (self.agents - self.load * (1 - blocked))

    @property
    def mean_wait_of_waiting(self) -> float:
        """E[W | W > 0] = h / (n - a)."""
        return self.service / (self.agents - self.load) if self.stable else math.inf

    @property
    def mean_wait(self) -> float:
        """E[W], the average speed of answer: P(W > 0) h / (n - a)."""
        return self.wait_probability * self.mean_wait_of_waiting

    @property
    def queue_length(self) -> float:
        """Mean number of those who wait: rate E[W] (Little)."""
        return self.rate * self.mean_wait

    @property
    def abandonment(self) -> float:
        return 0.0

    @property
    def occupancy(self) -> float:
        """Share of the agents' time that is spent in service: a / n."""
        return min(1.0, self.load / self.agents)

    def wait_exceeds(self, seconds: float) -> float:
        """P(W > seconds) = C e^(-(n - a) seconds / h)."""
        if not self.stable:
            return 1.0
        return self.wait_probability * math.exp(-seconds / self.mean_wait_of_waiting)

    def service_level(self, seconds: float) -> float:
        """P(W <= seconds)."""
        return 1 - self.wait_exceeds(seconds)

    def wait_percentile(self, percent: float) -> float:
        """The least wait that `percent` per cent of the contacts do not exceed; `percent` below 100."""
        longer = _longer(percent)
        if longer >= self.wait_probability:
            return 0.0
        return self.mean_wait_of_waiting * math.log(self.wait_probability / longer) if self.stable else math.inf


@dataclass(frozen=True)
class ErlangA:
    """M/M/n+M: callers hang up after an exponential time of mean `patience`; stable whatever the load."""

    rate: float
    """Contacts a second, 0 or more."""
    service: float
    """Mean seconds that a contact holds an agent, above 0."""
    agents: int
    """1 or more."""
    patience: float
    """Mean seconds that a caller is ready to wait, above 0 and finite: `queue_of` has the other case."""

    def __post_init__(self) -> None:
        _demand("rate", self.rate, self.rate >= 0, "0 or more")
        _demand("service", self.service, self.service > 0, "above 0")
        _demand("agents", self.agents, self.agents >= 1, "1 or more")
        _demand("patience", self.patience, 0 < self.patience < math.inf, "above 0 and finite")

    @property
    def load(self) -> float:
        """The offered load in Erlang."""
        return self.rate * self.service

    @property
    def _x(self) -> float:
        return self.rate * self.patience

    @property
    def _c(self) -> float:
        return self.agents * self.patience / self.service

    @cached_property
    def _full(self) -> float:
        """The logarithm of pi(n): everybody is busy and nobody waits.

        The states below n weigh n / (a B(n - 1)) times as much as state n, those from n on
        the sum of `_Line`.
        """
        blocked = erlang_b(self.load, self.agents - 1)
        if not self.load * blocked:
            return -math.inf
        below = math.log(self.agents / self.load / blocked)
        largest = max(below, self._line.log)
        return -largest - math.log(math.exp(below - largest) + math.exp(self._line.log - largest))

    @cached_property
    def _line(self) -> "_Line":
        return _line(self._x, self._c)

    @cached_property
    def wait_probability(self) -> float:
        """P(W > 0): the sum of pi(j) over j >= n."""
        return math.exp(self._full + self._line.log)

    @property
    def mean_wait_of_waiting(self) -> float:
        """E[W | W > 0], whether they are answered or hang up."""
        if not self.rate:
            return 1 / (self.agents / self.service + 1 / self.patience)
        return self._line.mean / self.rate

    @property
    def mean_wait(self) -> float:
        """E[W] of all, to the answer or the hang-up: queue length / rate (Little)."""
        return self.wait_probability * self.mean_wait_of_waiting

    @property
    def queue_length(self) -> float:
        """Mean number of those who wait: the sum of (j - n) pi(j) over j > n."""
        return self.wait_probability * self._line.mean

    @property
    def abandonment(self) -> float:
        """Share of the contacts that hang up: each of those who wait does at rate 1 / patience, so E[W] / patience."""
        return self.mean_wait / self.patience

    @property
    def occupancy(self) -> float:
        """Share of the agents' time that is spent in service: a (1 - abandonment) / n."""
        return min(1.0, self.load * (1 - self.abandonment) / self.agents)

    def offered_wait_exceeds(self, seconds: float) -> float:
        """P(V > seconds), V the wait of a caller who never hangs up among those who do.

        The density of V is pi(n) n/h exp(-n v / h + x (1 - y)), y = e^(-v / patience) (Zeltyn and
        Mandelbaum, for exponential patience). What lies beyond `seconds` is therefore the whole
        again, for a stream thinned to rate y, times a factor: pi(n) exp(-n s / h + x (1 - y)) S(x y, c)
        with S the sum of `_line`. Seconds = 0 gives P(W > 0).
        """
        line = _line(self._x * self._still_there(seconds), self._c)
        return math.exp(self._beyond(seconds) + line.log)

    def answered_later(self, seconds: float) -> float:
        """P(answered, W > seconds): the density above times y, the probability to be still there.

        y = e^(-v / patience) turns n/h into n/h + 1/patience in the exponent, so c into c + 1:
        pi(n) exp(-n s / h + x (1 - y)) y c / (c + 1) S(x y, c + 1).
        """
        still = self._still_there(seconds)
        line = _line(self._x * still, self._c + 1)
        return still * self._c / (self._c + 1) * math.exp(self._beyond(seconds) + line.log)

    def wait_exceeds(self, seconds: float) -> float:
        """P(W > seconds), whatever becomes of them: neither answered nor gone by then."""
        return self._still_there(seconds) * self.offered_wait_exceeds(seconds)

    def service_level(self, seconds: float) -> float:
        """P(answered, W <= seconds): hang-ups count against it."""
        return max(0.0, 1 - self.abandonment - self.answered_later(seconds))

    def wait_percentile(self, percent: float) -> float:
        """The least wait, to the answer or the hang-up, that `percent` per cent do not exceed; `percent` below 100."""
        longer = _longer(percent)
        low, high = 0.0, self.patience * math.log(1 / longer)
        if self.wait_probability <= longer:
            return 0.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if middle in (low, high):
                break
            low, high = (middle, high) if self.wait_exceeds(middle) > longer else (low, middle)
        return high

    def _still_there(self, seconds: float) -> float:
        """Probability to be ready to wait longer than that: y."""
        return math.exp(-seconds / self.patience)

    def _beyond(self, seconds: float) -> float:
        """The logarithm of pi(n) exp(-n s / h + x (1 - y))."""
        left = -math.expm1(-seconds / self.patience)
        return self._full - self.agents * seconds / self.service + self._x * left


def queue_of(rate: float, service: float, agents: int, patience: float = math.inf) -> ErlangC | ErlangA:
    """The queue of these parameters, in seconds: Erlang C where patience is infinite."""
    if math.isinf(patience):
        return ErlangC(rate, service, agents)
    return ErlangA(rate, service, agents, patience)


class _Line(NamedTuple):
    """The states from n on, as weights with state n as 1."""

    log: float
    """Logarithm of the sum of the weights."""
    mean: float
    """Mean of k, the number of those who wait, by the weights."""


def _line(x: float, c: float) -> _Line:
    """The weights x^k / ((c+1) (c+2) ... (c+k)), k = 0, 1, ...: summed from the largest to both sides."""
    top = max(0, math.floor(x - c))
    log_top = top * math.log(x) - math.lgamma(c + top + 1) + math.lgamma(c + 1) if top else 0.0
    total, moment = 1.0, float(top)
    weight, k = 1.0, top
    while k > 0 and weight > NEGLIGIBLE / top:
        weight *= (c + k) / x
        k -= 1
        total += weight
        moment += k * weight
    weight, k = 1.0, top
    while x:
        ratio = x / (c + k + 1)
        # The ratio falls: from here on the weights lie below a geometric series.
        if ratio < 1 and weight * ratio / (1 - ratio) * (k + 1 / (1 - ratio)) <= NEGLIGIBLE * moment:
            break
        weight *= ratio
        k += 1
        total += weight
        moment += k * weight
    return _Line(log_top + math.log(total), moment / total)


def _longer(percent: float) -> float:
    _demand("percent", percent, 0 <= percent < 100, "from 0 to below 100")  # noqa: PLR2004 - per cent
    return 1 - percent / 100


def _demand(name: str, value: float, holds: bool, rule: str) -> None:
    if not holds:
        raise ValueError(f"{name} is {value}, must be {rule}")
