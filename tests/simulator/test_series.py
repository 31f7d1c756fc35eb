"""The day in intervals, as the plots show it."""

import pytest

from simulator.measures.series import Grid, agents, distribution, grid_of, over_the_day
from simulator.measures.staff import works
from tests.simulator.hand_made import Made, agent

HALF_HOUR = 1800.0


def test_a_long_day_goes_by_half_hours_and_a_short_one_by_ten_minutes() -> None:
    assert Grid.over((8.2 * 3600, 17 * 3600)) == Grid(8 * 3600, HALF_HOUR, 18)
    assert Grid.over((9 * 3600, 10.9 * 3600)) == Grid(9 * 3600, 600, 12)
    assert Grid.over((9 * 3600, 10 * 3600), (8.9 * 3600, 9 * 3600)).start == pytest.approx(8 * 3600 + 50 * 60)
    assert Grid.over((0, 0)).count == 1


def test_a_moment_belongs_to_the_interval_that_it_begins() -> None:
    grid = Grid(0, 600, 3)
    assert [grid.place(moment) for moment in (0, 599.9, 600, 1799, 1800, 5000, -1)] == [0, 0, 1, 2, 2, 2, 0]
    assert grid.finer(6).intervals()[1] == (100, 200)


def test_a_contact_counts_where_it_came() -> None:
    made = Made(agent("ann", (0, 1800), group="east"))
    made.answered(590, 30, talk=100, by="ann", type="sales")
    made.answered(601, 10, talk=10, type="sales")
    made.left(610, 40, type="support")
    made.left(620, 5, "canceled", type="support")
    found = over_the_day(made.history, works(made.history), Grid(0, 600, 3))
    assert found["offered"] == [1, 3, 0]
    assert (found["answered"], found["abandoned"], found["other"]) == ([1, 1, 0], [0, 1, 0], [0, 1, 0])
    assert found["service_level"] == [0, 1 / 3, None]
    assert found["waits"] == {"p50_s": [30, 10, None], "p95_s": [30, 40, None]}
    assert found["waits_by_type"]["support"] == {"p50_s": [None, 5, None], "p95_s": [None, 40, None]}
    # Busy from 620 to 720, and staffed all the time.
    assert found["occupancy"] == {"east": [0, pytest.approx(100 / 600), 0]}
    assert found["occupancy_all"] == found["occupancy"]["east"]
    assert (found["staffed"], found["busy"]) == ([1, 1, 1], [0, pytest.approx(100 / 600), 0])


def test_the_queue_in_finer_intervals() -> None:
    made = Made()
    made.left(50, 100, type="sales")  # 50 to 150
    made.left(90, 20, type="support")  # 90 to 110
    made.waiting(550, type="support")
    made.left(560, 40, type="support")  # to the end, 600
    queue = over_the_day(made.history, [], Grid(0, 300, 2))["queue"]
    assert queue["step_s"] == 100
    assert queue["mean_by_type"]["sales"] == pytest.approx([0.5, 0.5, 0, 0, 0, 0])
    assert queue["mean_by_type"]["support"] == pytest.approx([0.1, 0.1, 0, 0, 0, 0.9])
    assert queue["mean"] == pytest.approx([0.6, 0.6, 0, 0, 0, 0.9])
    assert queue["most"] == [2, 2, 0, 0, 0, 2]


def test_nobody_there_is_no_occupancy() -> None:
    made = Made(agent("ann", (0, 600)))
    made.waiting(1199)
    assert over_the_day(made.history, works(made.history), Grid(0, 600, 2))["occupancy_all"] == [0, None]


def test_the_distribution_has_a_bar_for_all_that_waited_longer() -> None:
    made = Made()
    for wait in (0, 1.999, 2, 47.9, 48, 500):
        made.answered(0, wait)
    made.left(0, 3)
    found = distribution(made.history, 2)
    assert found["answered"] == [2, 1, *[0] * 20, 0, 1, 2]
    assert found["abandoned"] == [0, 1, *[0] * 23]
    assert sum(found["other"]) == 0
    assert distribution(made.history)["step_s"] == 30  # 24 bars reach 500 s
    assert distribution(Made().history)["step_s"] == 1


def test_offers_of_each_agent() -> None:
    made = Made(agent("ann", (0, 1800), group="east"), agent("bob"))
    made.answered(0, 30, talk=870, by="ann")
    assert agents(works(made.history)) == [
        {
            "agent": "ann", "group": "east", "staffed_h": 0.5, "busy_h": pytest.approx(870 / 3600),
            "offers": 1, "answered": 1, "offers_per_hour": 2,
        },
        {
            "agent": "bob", "group": "", "staffed_h": 0, "busy_h": 0, "offers": 0, "answered": 0, "offers_per_hour": 0
        },
    ]  # fmt: skip


def test_run_and_record_share_their_intervals() -> None:
    first, second = Made(agent("ann", (3000, 4000))), Made()
    second.left(100, 3600 * 7)
    assert grid_of(first.history, second.history) == Grid(0, HALF_HOUR, 15)
