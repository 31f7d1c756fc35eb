"""The estimate of patience, and draws from it."""

import random

import pytest

from simulator.patience import Patience, Wait


def test_without_censoring_it_is_the_empirical_distribution() -> None:
    patience = Patience(Wait(seconds, hung_up=True) for seconds in (10, 20, 30, 40))
    assert [patience.survival(seconds) for seconds in (0, 10, 25, 40)] == [1.0, 0.75, 0.5, 0.0]


def test_served_callers_count_while_they_waited() -> None:
    """Two of five left at 10; of the two still there after 15, one left at 20: 3/5 x 1/2."""
    patience = Patience(
        [
            *(Wait(seconds, hung_up=True) for seconds in (10, 10, 20)),
            *(Wait(seconds, hung_up=False) for seconds in (15, 25)),
        ]
    )
    assert patience.survival(12) == pytest.approx(0.6)
    assert patience.survival(20) == pytest.approx(0.3)


def test_draws_follow_the_distribution_beyond_the_wait_known() -> None:
    patience = Patience(Wait(seconds, hung_up=True) for seconds in (10, 20, 30, 40))
    rng = random.Random(1)
    draws = [patience.draw_beyond(15, rng) for _ in range(3000)]
    assert set(draws) == {20, 30, 40}
    for seconds in (20, 30, 40):
        assert draws.count(seconds) == pytest.approx(1000, abs=120)


def test_beyond_the_record_the_average_rate_holds() -> None:
    patience = Patience([Wait(50, hung_up=True), Wait(100, hung_up=False), Wait(150, hung_up=False)])
    rng = random.Random(1)
    draws = [patience.draw_beyond(120, rng) for _ in range(3000)]
    assert min(draws) > 120
    assert sum(draws) / len(draws) == pytest.approx(120 + 300, rel=0.1)


def test_the_same_seed_draws_the_same() -> None:
    patience = Patience(Wait(seconds, hung_up=True) for seconds in range(1, 100))
    first = [patience.draw_beyond(3, random.Random(5)) for _ in range(3)]
    assert first == [patience.draw_beyond(3, random.Random(5)) for _ in range(3)]
