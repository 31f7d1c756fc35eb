"""The figures by which benchmarks are judged."""

import os

import pytest

from benchmarks.load import alternate, arrivals
from benchmarks.machine import CpuMeter, cpu_seconds, resident_bytes
from benchmarks.numbers import percentile, ratio


def test_the_median_of_ratios_is_not_moved_by_one_bad_round() -> None:
    found = ratio([2.0, 4.0, 100.0, 6.0, 8.0], [1.0, 2.0, 1.0, 3.0, 4.0])
    assert (found.median, found.low, found.high, found.rounds) == (2.0, 2.0, 2.0, 5)


def test_the_spread_is_that_of_the_quartiles() -> None:
    found = ratio([1.0, 2.0, 3.0, 4.0, 5.0], [1.0] * 5)
    assert found.details() == {"median": 3.0, "low_quartile": 2.0, "high_quartile": 4.0, "rounds": 5}


def test_rounds_are_compared_with_their_own() -> None:
    assert ratio([1.0, 100.0], [2.0, 200.0]).median == 0.5


def test_one_round_has_no_spread() -> None:
    found = ratio([3.0], [2.0])
    assert (found.median, found.low, found.high) == (1.5, 1.5, 1.5)


def test_no_round_is_refused() -> None:
    with pytest.raises(ValueError, match="no round"):
        ratio([], [])


def test_rounds_of_one_kind_only_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1.0), (10, 1.0), (11, 2.0), (50, 5.0), (90, 9.0), (91, 10.0), (99, 10.0), (100, 10.0)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: float) -> None:
    values = [float(n) for n in (3, 1, 2, 10, 9, 8, 4, 5, 7, 6)]
    assert percentile(values, percent) == expected


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        percentile([], 50)


def test_arrivals_are_the_same_for_both_kinds_and_have_the_rate() -> None:
    times = arrivals(50.0, 5000, seed=3)
    assert times == arrivals(50.0, 5000, seed=3)
    assert times != arrivals(50.0, 5000, seed=4)
    assert times == sorted(times)
    # The last of 5 000 is at 100 s, with a standard deviation of 1.4 s; the seed is fixed.
    assert 95 < times[-1] < 105


def test_processor_time_and_memory_of_this_process() -> None:

    meter = CpuMeter({"us": [os.getpid()]})
    meter.begin()
    begun = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) < begun + 0.05:
        pass
    assert 0.04 < meter.end()["us"] < 10
    before = resident_bytes(os.getpid())
    held = bytearray(64 * 1024 * 1024)
    for place in range(0, len(held), 4096):
        held[place] = 1
    assert resident_bytes(os.getpid()) - before > 48 * 1024 * 1024


async def test_rounds_take_turns_and_who_begins_changes() -> None:
    order: list[str] = []

    async def note(name: str) -> int:
        order.append(name)
        return len(order)

    found = await alternate(lambda: note("a"), lambda: note("b"), 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == ([1, 4, 5], [2, 3, 6])


async def test_rounds_end_with_the_time_but_one_is_made() -> None:
    async def one() -> int:
        return 1

    assert await alternate(one, one, 1000, limit_s=-1.0) == ([1], [1])
