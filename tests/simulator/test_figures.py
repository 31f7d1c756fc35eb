"""Figures of histories that are counted by hand."""

import math

import pytest

from simulator.definitions import DEFINITIONS, FIGURES, GROUP_FIGURES, written
from simulator.figures import breakdowns, figures
from simulator.measures.numbers import length, union
from simulator.measures.queue import most_at_once
from tests.simulator.hand_made import Made, agent


def test_the_three_service_levels_of_the_worked_example() -> None:
    """70 answered and 10 abandoned within the threshold, 20 beyond it: 77.8 %, 70 % and 80 % (features.md E)."""
    made = Made()
    for number in range(70):
        made.answered(number, 5)
    for number in range(10):
        made.left(number, 15)
    for number in range(12):
        made.answered(number, 30)
    for number in range(8):
        made.left(number, 40)
    found = figures(made.history)
    assert found["service_level_abandons_ignored"] == pytest.approx(0.778, abs=0.0003)
    assert found["service_level"] == 0.70
    assert found["service_level_abandons_met"] == 0.80
    assert (found["offered"], found["answered"], found["abandoned"]) == (100, 82, 18)


@pytest.mark.parametrize(("wait", "level"), [(20.0, 1.0), (20.000001, 0.0)])
def test_an_answer_exactly_at_the_threshold_is_in_time(wait: float, level: float) -> None:
    came = 12.09
    assert came + 20 - came > 20, "floats add a hair here, which must not count"
    made = Made()
    made.answered(came, wait)
    assert figures(made.history)["service_level"] == level


def test_who_hangs_up_short_does_not_count_and_at_the_threshold_does() -> None:
    made = Made(short=5.0)
    made.answered(0, 10)
    made.left(0, 4.999)
    made.left(0, 5.0)
    found = figures(made.history)
    assert found["short_abandons"] == 1
    assert found["service_level"] == 1 / 2
    assert found["service_level_abandons_ignored"] == 1
    assert found["abandonment"] == 2 / 3
    assert found["abandonment_without_short"] == 1 / 2


def test_who_waits_counts_only_once_he_has_reached_the_threshold() -> None:
    made = Made()
    made.answered(0, 10, talk=90)
    made.waiting(79)  # 21 s until the end at 100
    made.waiting(81)  # 19 s
    found = figures(made.history)
    assert found["service_level"] == 1 / 2
    assert found["offered"] == 3
    assert found["longest_wait_s"] == 21
    assert found["mean_wait_s"] == 10


def test_a_contact_that_the_platform_took_back_was_neither_answered_nor_abandoned() -> None:
    made = Made()
    made.answered(0, 10)
    made.left(0, 5, "canceled")
    found = figures(made.history)
    assert (found["offered"], found["answered"], found["abandoned"]) == (2, 1, 0)
    assert found["service_level"] == found["service_level_abandons_met"] == 1 / 2
    assert found["time_to_abandon_s"] == 0


def test_waits() -> None:
    made = Made()
    for number in range(1, 100):
        made.answered(0, number)
    made.left(0, 100)
    found = figures(made.history)
    assert (found["wait_p50_s"], found["wait_p95_s"], found["wait_p99_s"]) == (50, 95, 99)
    assert found["longest_wait_s"] == 100
    assert found["speed_of_answer_s"] == 50
    assert found["mean_wait_s"] == 50.5
    assert found["time_to_abandon_s"] == 100


def test_queue_length_is_littles_sum_over_the_time() -> None:
    made = Made(agent("ann", (0, 100)))
    made.answered(10, 30, talk=60, by="ann")  # waits 10 to 40
    made.left(20, 40)  # 20 to 60
    made.left(40, 10)  # 40 to 50: comes as the first leaves
    made.answered(70, 0, talk=30, by="ann")  # does not wait
    found = figures(made.history)
    assert made.history.end == 100
    assert found["queue_length_mean"] == pytest.approx((30 + 40 + 10) / 100)
    assert found["queue_length_max"] == 2


def test_the_most_at_once_within_a_time_counts_who_came_before() -> None:
    waiting = [(0.0, 10.0), (5.0, 6.0), (5.5, 20.0)]
    assert most_at_once(waiting, (0.0, 20.0)) == 3
    assert most_at_once(waiting, (7.0, 20.0)) == 2
    assert most_at_once(waiting, (10.0, 20.0)) == 1
    assert most_at_once(waiting, (20.0, 30.0)) == 0


def test_work_and_load() -> None:
    """One agent for an hour with a break; two of three contacts served, one of them beyond the end of the shift."""
    made = Made(agent("ann", (0, 1000), (1400, 3000)))
    made.answered(100, 0, talk=300, wrap_up=100, by="ann")
    made.answered(2900, 0, talk=500, wrap_up=100, by="ann")  # to 3500: half an hour of overtime minus
    made.left(200, 10)
    found = figures(made.history)
    assert found["talk_time_s"] == 400
    assert found["wrap_up_s"] == 100
    assert found["handling_time_s"] == 500
    assert found["staffed_h"] == pytest.approx((1000 + 2100) / 3600)
    assert found["occupancy"] == pytest.approx(1000 / 3100)
    assert found["contact_h"] == pytest.approx(3 * 500 / 3600)
    assert found["load_ratio"] == pytest.approx(1500 / 3100)


def test_offers_and_their_outcomes() -> None:
    made = Made(agent("ann", (0, 3600)), agent("bob", (0, 3600)))
    first = made.answered(0, 30)
    made.offer(first, "ann", 0, "declined")
    made.offer(first, "bob", 0, "missed")
    made.offer(first, "ann", 0, "completed")
    second = made.left(0, 10)
    made.offer(second, "bob", 0, "revoked")
    made.left(0, 10)
    found = figures(made.history)
    assert found["offers"] == 4
    assert found["offers_per_contact"] == 2
    assert found["answer_rate"] == 1 / 4
    assert (found["declines"], found["misses"], found["revoked"]) == (1, 1, 1)


def test_spread_compares_agents_of_one_group_by_the_hour() -> None:
    """In east 2 and 4 offers in an hour each: 1/3 from their mean. In west all alike, although the shifts differ."""
    made = Made(
        agent("ann", (0, 3600), group="east"),
        agent("bob", (0, 3600), group="east"),
        agent("cid", (0, 3600), group="west"),
        agent("dan", (0, 7200), group="west"),
        agent("eve", group="west"),  # never there
    )
    for by, offers in (("ann", 2), ("bob", 4), ("cid", 10), ("dan", 20)):
        for _ in range(offers):
            made.offer(made.left(0, 10), by, 0, "revoked")
    groups = breakdowns(made.history)["by_group"]
    assert groups["east"]["offers_spread"] == pytest.approx(1 / 3)
    assert groups["west"]["offers_spread"] == pytest.approx(0)
    east = groups["east"]
    assert [east[f"offers_per_hour_{which}"] for which in ("least", "mean", "most")] == [2, 3, 4]
    assert groups["west"]["agents"] == 3
    hours, squares = 2 + 3, 2 * (1 / 3) ** 2
    assert figures(made.history)["offers_spread"] == pytest.approx(math.sqrt(squares / hours))


def test_breakdowns_measure_each_part_as_the_whole() -> None:
    made = Made(agent("ann", (0, 1000), group="east"), agent("bob", (0, 1000), group="west"))
    made.answered(0, 10, by="ann", type="sales", priority=5)
    made.answered(0, 30, by="bob", type="sales")
    made.left(0, 50, type="support")
    found = breakdowns(made.history)
    assert list(found["by_type"]) == ["sales", "support"]
    assert found["by_type"]["sales"]["service_level"] == 1 / 2
    assert found["by_type"]["support"]["abandonment"] == 1
    assert list(found["by_priority"]) == ["5", "0"]
    assert found["by_priority"]["0"]["longest_wait_s"] == 50
    assert (found["by_group"]["east"]["wait_p95_s"], found["by_group"]["west"]["wait_p95_s"]) == (10, 30)
    assert found["by_group"]["east"]["occupancy"] == pytest.approx(100 / 1000)
    whole = figures(made.history)
    assert sum(part["offered"] for part in found["by_type"].values()) == whole["offered"]
    assert sum(part["offers"] for part in found["by_group"].values()) == whole["offers"]


def test_an_empty_day_is_all_noughts() -> None:
    assert set(figures(Made().history).values()) == {0}
    nobody_came = figures(Made(agent("ann", (0, 3600))).history)
    assert nobody_came.pop("staffed_h") == 1
    assert set(nobody_came.values()) == {0}
    nobody_there = Made()
    nobody_there.left(0, 30)
    assert figures(nobody_there.history)["load_ratio"] == 0
    assert breakdowns(Made().history) == {"by_type": {}, "by_priority": {}, "by_group": {}}


def test_every_figure_is_defined_and_every_definition_is_used() -> None:
    made = Made(agent("ann", (0, 1000)))
    made.answered(0, 10, by="ann")
    assert list(figures(made.history)) == list(FIGURES)
    found = breakdowns(made.history)
    used = found["by_type"][""].keys() | found["by_group"][""].keys()
    assert used <= FIGURES.keys() | GROUP_FIGURES.keys()
    assert GROUP_FIGURES.keys() <= found["by_group"][""].keys()
    assert all(all(definition) for definition in DEFINITIONS.values())


def test_figures_are_written_with_their_units() -> None:
    assert written("service_level", 0.7777) == "77.8%"
    assert written("speed_of_answer_s", 1234.56) == "1,234.6 s"
    assert written("staffed_h", 72.95) == "73.0 h"
    assert written("offered", 2239) == "2,239"
    assert written("load_ratio", 0.6653) == "0.67"


def test_time_is_not_counted_twice() -> None:
    assert union([(5, 8), (0, 3), (2, 4), (4, 5), (9, 9)]) == [(0, 8)]
    assert length([(0, 8), (10, 20)]) == 18
    assert length([(0, 8), (10, 20)], (6, 11)) == 3
