"""The formulas: against published values, against the chain summed another way, and against their own identities."""

import math
from decimal import Decimal, localcontext

import pytest

from simulator.erlang import ErlangA, ErlangC, erlang_b, queue_of

HOUR = 3600.0

# Contacts an hour, service s, patience s, agents: P(W > 0), E[W] s, P(W <= 20 s), abandonment, occupancy.
VECTORS = [
    ((30, 300, None, 3), (0.7022, 421.35, 0.3208, None, 0.8333)),
    ((30, 300, None, 4), (0.3199, 63.97, 0.7106, None, 0.6250)),
    ((30, 300, None, 5), (0.1304, 15.64, 0.8896, None, 0.5000)),
    ((100, 180, None, 6), (0.5875, 105.75, 0.4743, None, 0.8333)),
    ((100, 180, None, 8), (0.1673, 10.04, 0.8801, None, 0.6250)),
    ((1000, 240, None, 70), (0.5892, 42.42, 0.5537, None, 0.9524)),
    ((1000, 240, None, 75), (0.2319, 6.68, 0.8842, None, 0.8889)),
    ((100, 180, 60, 5), (0.4495, 13.16, None, 0.2193, 0.7807)),
    ((100, 180, 60, 6), (0.3099, 8.08, None, 0.1346, 0.7212)),
    ((1000, 240, 120, 65), (0.5025, 8.50, None, 0.0708, 0.9530)),
    ((1000, 240, 120, 70), (0.3021, 4.19, None, 0.0350, 0.9191)),
]

CASES = [
    ErlangA(100 / HOUR, 180, 5, 60),
    ErlangA(1000 / HOUR, 240, 65, 120),
    ErlangA(1000 / HOUR, 240, 30, 120),  # more than twice the load
    ErlangA(1000 / HOUR, 240, 90, 600),
    ErlangA(0.5, 60, 1, 45),
    ErlangA(0.001, 60, 2, 10),
]


@pytest.mark.parametrize(("case", "figures"), VECTORS)
def test_published_values(case: tuple[float, float, float | None, int], figures: tuple[float | None, ...]) -> None:
    rate, service, patience, agents = case
    queue = queue_of(rate / HOUR, service, agents, patience or math.inf)
    found = (
        queue.wait_probability, queue.mean_wait, queue.service_level(20), queue.abandonment, queue.occupancy
    )  # fmt: skip
    for value, published in zip(found, figures, strict=True):
        if published is not None:
            digits = 2 if published > 1 else 4
            assert value == pytest.approx(published, abs=0.51 * 10**-digits)


def test_erlang_b_is_the_share_of_full_states() -> None:
    """The definition, with factorials, where they do not overflow."""
    for load, agents in ((0.0, 3), (2.5, 3), (40.0, 30), (7.0, 0)):
        weights = [load**k / math.factorial(k) for k in range(agents + 1)]
        assert erlang_b(load, agents) == pytest.approx(weights[-1] / sum(weights), rel=1e-13)


class Chain:
    """The same birth-death chain, summed from state 0 upwards in 60 digits, the waits state by state."""

    def __init__(self, queue: ErlangA, states: int) -> None:
        self.queue = queue
        rate, mu, theta = Decimal(queue.rate), 1 / Decimal(queue.service), 1 / Decimal(queue.patience)
        weights = [Decimal(1)]
        for j in range(1, states):
            weights.append(weights[-1] * rate / (min(j, queue.agents) * mu + max(0, j - queue.agents) * theta))
        total = sum(weights)
        self.states = [weight / total for weight in weights]
        self.waiting = self.states[queue.agents :]
        self.c, self.theta = queue.agents * mu / theta, theta

    def mean_waiting(self) -> Decimal:
        return sum((k * share for k, share in enumerate(self.waiting)), Decimal(0))

    def offered_wait_exceeds(self, seconds: float, extra: int = 0) -> Decimal:
        """Of a caller with k before him and patience without end, y = e^(-V theta) is Beta(c, k + 1).

        The wait is a sum of exponential times of rates n mu + i theta, i = 0..k; its y is a product of
        powers of uniform draws. P(V > seconds) = I_y(c, k + 1), from k to k + 1 by
        I_y(c, k + 1) = I_y(c, k) + y^c (1-y)^k c (c+1) .. (c+k-1) / k!. With extra = 1, P(answered, V >
        seconds): the density times y, c / (c + k + 1) I_y(c + 1, k + 1).
        """
        c, y = self.c + extra, (-Decimal(seconds) * self.theta).exp()
        step = y**c
        later, answered = step, Decimal(0)
        for k, share in enumerate(self.waiting):
            answered += share * later * (self.c / (self.c + k + 1) if extra else 1)
            step *= (1 - y) * (c + k) / (k + 1)
            later += step
        return answered


@pytest.mark.parametrize("queue", CASES)
@pytest.mark.parametrize("seconds", [0, 1, 20, 180])
def test_independent_of_the_order_of_summation(queue: ErlangA, seconds: float) -> None:
    with localcontext() as context:
        context.prec = 60
        chain = Chain(queue, 1200)
        assert chain.states[-1] < Decimal("1e-40")
        lost = chain.mean_waiting() * chain.theta / Decimal(queue.rate)
        later = chain.offered_wait_exceeds(seconds, extra=1)
        expected = {
            "wait_probability": sum(chain.waiting),
            "queue_length": chain.mean_waiting(),
            "mean_wait": chain.mean_waiting() / Decimal(queue.rate),
            "abandonment": lost,
            "offered": chain.offered_wait_exceeds(seconds),
            "later": later,
            "level": 1 - lost - later,
        }
    found = {
        "wait_probability": queue.wait_probability,
        "queue_length": queue.queue_length,
        "mean_wait": queue.mean_wait,
        "abandonment": queue.abandonment,
        "offered": queue.offered_wait_exceeds(seconds),
        "later": queue.answered_later(seconds),
        "level": queue.service_level(seconds),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), rel=1e-11, abs=1e-12 if name == "level" else 0), name


@pytest.mark.parametrize("queue", CASES)
def test_identities_of_the_chain(queue: ErlangA) -> None:
    """Little; P(ab) = E[W] / patience; busy agents by flow; everybody is answered or hangs up; ends of the waits."""
    assert queue.queue_length == pytest.approx(queue.rate * queue.mean_wait, rel=1e-13)
    assert queue.abandonment == pytest.approx(queue.mean_wait / queue.patience, rel=1e-13)
    assert queue.occupancy * queue.agents == pytest.approx(queue.load * (1 - queue.abandonment), rel=1e-13)
    assert queue.mean_wait == pytest.approx(queue.wait_probability * queue.mean_wait_of_waiting, rel=1e-13)
    assert queue.wait_exceeds(0) == pytest.approx(queue.wait_probability, rel=1e-11)
    at_once = 1 - queue.wait_probability
    assert queue.service_level(0) == pytest.approx(at_once, abs=1e-12)
    assert queue.service_level(1e6) == pytest.approx(1 - queue.abandonment, abs=1e-12)


@pytest.mark.parametrize("queue", [*CASES, ErlangC(1000 / HOUR, 240, 70), ErlangC(0.01, 100, 2)])
def test_mean_wait_is_the_area_of_the_tail(queue: ErlangA | ErlangC) -> None:
    """E[W] is the integral of P(W > t), which says that both describe one distribution (trapezoids)."""
    end = queue.wait_percentile(99.999999)
    steps = 4000
    tail = [queue.wait_exceeds(end * step / steps) for step in range(steps + 1)]
    area = (sum(tail) - (tail[0] + tail[-1]) / 2) * end / steps
    assert area == pytest.approx(queue.mean_wait, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("queue", [*CASES, ErlangC(1000 / HOUR, 240, 70)])
@pytest.mark.parametrize("percent", [1, 50, 95, 99.9])
def test_percentiles_invert_the_tail(queue: ErlangA | ErlangC, percent: float) -> None:
    wait = queue.wait_percentile(percent)
    if wait == 0:
        assert queue.wait_probability <= 1 - percent / 100
    else:
        assert queue.wait_exceeds(wait) == pytest.approx(1 - percent / 100, rel=1e-9)


@pytest.mark.parametrize(("rate", "service", "agents"), [(1000 / HOUR, 240, 70), (30 / HOUR, 300, 5), (10, 300, 3050)])
def test_endless_patience_gives_erlang_c(rate: float, service: float, agents: int) -> None:
    """Abandonment costs about E[W] / patience, so with patience of 10^9 s a billionth of it."""
    patient, endless = ErlangA(rate, service, agents, 1e9), ErlangC(rate, service, agents)
    assert patient.wait_probability == pytest.approx(endless.wait_probability, rel=1e-5)
    assert patient.mean_wait == pytest.approx(endless.mean_wait, rel=1e-5)
    assert patient.mean_wait_of_waiting == pytest.approx(endless.mean_wait_of_waiting, rel=1e-5)
    assert patient.service_level(20) == pytest.approx(endless.service_level(20), rel=1e-5)
    assert patient.wait_percentile(95) == pytest.approx(endless.wait_percentile(95), rel=1e-4)
    assert patient.abandonment == pytest.approx(0, abs=1e-6)


def test_no_patience_gives_erlang_b() -> None:
    """Who does not wait is lost: with patience near 0 the share of hang-ups is Erlang's B."""
    assert ErlangA(1000 / HOUR, 240, 65, 1e-6).abandonment == pytest.approx(erlang_b(1000 / 15, 65), rel=1e-5)


def test_one_agent_by_hand() -> None:
    """M/M/1 at half load, mu = 1: waits are 0 with probability 1/2, else exponential of mean 2."""
    queue = ErlangC(0.5, 1, 1)
    assert (queue.wait_probability, queue.mean_wait, queue.queue_length, queue.occupancy) == (0.5, 1.0, 0.5, 0.5)
    assert queue.service_level(2) == pytest.approx(1 - 0.5 * math.exp(-1))
    assert queue.wait_percentile(75) == pytest.approx(2 * math.log(2))
    assert queue.wait_percentile(50) == 0


def test_as_patient_as_service_is_long_makes_a_poisson_number() -> None:
    """With patience = service every contact leaves at the same rate: M/M/infinity, Poisson by the load."""
    queue = ErlangA(0.1, 70, 9, 70)
    below = sum(math.exp(-7) * 7**j / math.factorial(j) for j in range(9))
    assert queue.wait_probability == pytest.approx(1 - below, rel=1e-13)
    assert queue.queue_length == pytest.approx(
        sum((j - 9) * math.exp(-7) * 7**j / math.factorial(j) for j in range(10, 80)), rel=1e-12
    )


def test_overload() -> None:
    """C has infinite waits; A answers what its agents can, however large, long and patient it is."""
    lost = ErlangC(1.0, 10, 10)
    assert (lost.wait_probability, lost.mean_wait, lost.queue_length) == (1, math.inf, math.inf)
    assert (lost.service_level(20), lost.occupancy, lost.wait_percentile(50)) == (0, 1, math.inf)
    for patience, digits in ((60.0, 1e-12), (3600.0, 1e-12), (1e6, 2e-8)):
        queue = ErlangA(10, 300, 2000, patience)
        assert queue.abandonment == pytest.approx(1 / 3, rel=digits)
        assert queue.mean_wait == pytest.approx(patience / 3, rel=digits)
        assert queue.wait_probability == pytest.approx(1, rel=digits)
        # By the fluid limit everybody who stays is answered when a third has left.
        assert queue.wait_percentile(50) == pytest.approx(patience * math.log(1.5), rel=0.1)
        assert 0 <= queue.service_level(1) < max(digits, 1e-10)


def test_no_load_at_all() -> None:
    for queue in (ErlangA(0, 180, 4, 60), ErlangC(0, 180, 4)):
        assert (queue.wait_probability, queue.mean_wait, queue.queue_length, queue.occupancy) == (0, 0, 0, 0)
        assert (queue.service_level(0), queue.abandonment, queue.wait_percentile(99)) == (1, 0, 0)
    assert ErlangA(0, 180, 4, 60).mean_wait_of_waiting == pytest.approx(1 / (4 / 180 + 1 / 60))
    assert ErlangC(0, 180, 4).mean_wait_of_waiting == 45


@pytest.mark.parametrize(
    ("values", "name"),
    [((-1, 1, 1, 1), "rate"), ((1, 0, 1, 1), "service"), ((1, 1, 0, 1), "agents"), ((1, 1, 1, 0), "patience")],
)
def test_what_is_no_queue_is_refused(values: tuple[float, float, int, float], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is "):
        queue_of(*values)


def test_no_wait_is_exceeded_by_nobody() -> None:
    for queue in (ErlangA(1, 1, 1, 1), ErlangC(0.5, 1, 1)):
        with pytest.raises(ValueError, match="percent is 100"):
            queue.wait_percentile(100)
