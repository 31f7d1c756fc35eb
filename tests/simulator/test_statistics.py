"""Intervals: quantiles against printed tables, coverage against chance itself, the control variate against both."""

import math
import random
import statistics as standard

import pytest

from simulator.statistics import Interval, controlled, each_error, mean_interval, student_t, t_quantile

# Percentage points of Student's t, two-sided error 10, 5, 1 and 0.1 % (any printed table, e.g. Abramowitz and
# Stegun, table 26.10, or Fisher and Yates, table III).
TABLE = {
    1: (6.314, 12.706, 63.657, 636.619),
    2: (2.920, 4.303, 9.925, 31.599),
    3: (2.353, 3.182, 5.841, 12.924),
    4: (2.132, 2.776, 4.604, 8.610),
    5: (2.015, 2.571, 4.032, 6.869),
    10: (1.812, 2.228, 3.169, 4.587),
    19: (1.729, 2.093, 2.861, 3.883),
    20: (1.725, 2.086, 2.845, 3.850),
    30: (1.697, 2.042, 2.750, 3.646),
    60: (1.671, 2.000, 2.660, 3.460),
    120: (1.658, 1.980, 2.617, 3.373),
}


@pytest.mark.parametrize("freedom", TABLE)
def test_quantiles_are_those_of_the_tables(freedom: int) -> None:
    found = [round(t_quantile(error, freedom), 3) for error in (0.1, 0.05, 0.01, 0.001)]
    assert found == list(TABLE[freedom])


def test_many_degrees_of_freedom_are_normal() -> None:
    normal = standard.NormalDist()
    for error in (0.1, 0.01, 1e-5):
        assert t_quantile(error, 100_000) == pytest.approx(normal.inv_cdf(1 - error / 2), rel=1e-3)


def test_one_and_two_degrees_in_closed_form() -> None:
    """Cauchy: 2 atan(t) / pi; two degrees: t / sqrt(2 + t^2)."""
    for t in (0.0, 0.3, 2.0, 50.0):
        assert student_t(t, 1) == pytest.approx(2 / math.pi * math.atan(t), abs=1e-15)
        assert student_t(t, 2) == pytest.approx(t / math.sqrt(2 + t * t), abs=1e-15)


def test_an_interval_by_hand() -> None:
    """Of 1, 2, 3: mean 2, deviation 1, t(.05, 2) = 4.303."""
    interval = mean_interval([1, 2, 3], 0.05)
    assert interval.mean == 2
    assert interval.half_width == pytest.approx(4.303 / math.sqrt(3), abs=1e-3)
    assert interval.contains(2 - 2.48)
    assert not interval.contains(2 + 2.49)


def test_one_value_says_nothing_of_its_error() -> None:
    assert mean_interval([5.0], 0.05) == Interval(5.0, math.inf)


def test_equal_values_have_no_width() -> None:
    assert mean_interval([5.0, 5.0, 5.0], 0.05) == Interval(5.0, 0.0)


def test_an_interval_is_wrong_as_often_as_it_says() -> None:
    """At 10 % error, 2,000 intervals of 5 normal values: 200 wrong, give or take five deviations."""
    rng = random.Random(3)
    wrong = sum(
        not mean_interval([rng.gauss(7, 2) for _ in range(5)], 0.1).contains(7)
        for _ in range(2000)
    )  # fmt: skip
    assert abs(wrong - 200) < 5 * math.sqrt(2000 * 0.1 * 0.9)


def test_simultaneous_intervals_share_the_error() -> None:
    """At family-wise 90 %, of 400 families of 10 dependent intervals at most 10 % (five deviations) have a fault."""
    assert each_error(0.99, 50) == pytest.approx(0.0002)
    rng, error = random.Random(4), each_error(0.9, 10)
    faulty = 0
    for _ in range(400):
        common = [rng.gauss(0, 1) for _ in range(6)]
        families = [[value + rng.gauss(0, 1) for value in common] for _ in range(10)]
        faulty += any(not mean_interval(values, error).contains(0) for values in families)
    assert 0 < faulty < 40 + 5 * math.sqrt(400 * 0.1 * 0.9)


def test_a_twin_takes_its_noise_away() -> None:
    """Values that agree with their twins but for a shift of 0.1: as narrow as the twins' expectation is known."""
    rng = random.Random(5)
    twins = [rng.gauss(10, 4) for _ in range(20)]
    values = [twin + 0.1 + rng.gauss(0, 0.01) for twin in twins]
    expected = [rng.gauss(10, 4) for _ in range(50_000)]
    found, crude = controlled(values, twins, expected, 0.01), mean_interval(values, 0.01)
    assert found.contains(10.1)
    assert not found.contains(10.0)
    assert found.half_width < 0.1
    assert crude.half_width > 1


def test_a_twin_that_has_nothing_to_do_with_the_value_spoils_only_the_width() -> None:
    """Unbiased all the same, and right at least as often as it says."""
    rng = random.Random(6)
    wrong, sums = 0, 0.0
    for _ in range(500):
        values, twins = [rng.gauss(3, 1) for _ in range(8)], [rng.gauss(10, 1) for _ in range(8)]
        found = controlled(values, twins, [rng.gauss(10, 1) for _ in range(40)], 0.1)
        wrong += not found.contains(3)
        sums += found.mean
    assert sums / 500 == pytest.approx(3, abs=5 * math.sqrt((1 / 8 + 1 / 8 + 1 / 40) / 500))
    assert wrong < 50 + 5 * math.sqrt(500 * 0.1 * 0.9)


def test_both_means_share_the_error() -> None:
    """Of 1, 2, 3 (twins 0) and 5, 6, 7 at 10 %: twice the interval of 5 %, 4.303 / sqrt(3)."""
    found = controlled([1, 2, 3], [0, 0, 0], [5, 6, 7], 0.1)
    assert found.mean == 8
    assert found.half_width == pytest.approx(2 * 4.303 / math.sqrt(3), abs=1e-3)


def test_twins_must_be_as_many_as_values() -> None:
    with pytest.raises(ValueError, match="shorter"):
        controlled([1.0, 2.0], [1.0], [1.0, 2.0], 0.1)
