"""Figures, checks and the shape of the report, from a day of three contacts made by hand."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from acd.v1.event_pb2 import Event
from simulator.books import ClientBook, FeedBook, compare
from simulator.checks import router_checks, trace_checks
from simulator.day import AgentPlan, Caller, Day, Habits, Policy
from simulator.definitions import FIGURES
from simulator.distributions import fixed
from simulator.figures import figures
from simulator.measures.numbers import percentile
from simulator.oracle import OrderOracle
from simulator.page.page import page
from simulator.play import Result
from simulator.recorder import Recorder, last_part
from simulator.report import columns, details, show, write
from tests.oracle.history import START, History

SPEED = 10.0


def day() -> Day:
    callers = [Caller(name, 0.0, {"sales": 1}, 100.0, 10.0) for name in ("a", "b", "c")]
    agents = [AgentPlan("first", {"sales": 5}, 0.0, 100.0, Habits(0, 0, fixed(1), fixed(1)))]
    policy = Policy(offer_timeout=20.0, wrap_up_time=10.0, retry_delay=5.0)
    return Day("by hand", callers, agents, policy, seed=1, recorded={"handled": 2})


def history() -> History:
    """Two served, after 1.0 and 3.0 wall seconds; one hangs up after 2.5."""
    history = History()
    history.agent("first", sales=5)
    for name in ("a", "b", "c"):
        history.enqueue(name, sales=1)
    history.offer("a", "first")
    history.wait(1)
    history.accept("a")
    history.wait(1)
    history.complete("a")
    history.offer("b", "first")
    history.wait(0.5)
    history.abandon("c")
    history.wait(0.5)
    history.accept("b")
    history.wait(1)
    history.complete("b")
    return history


def result_of(events: list[Event]) -> Result:
    oracle, feed, client, played = OrderOracle(first_sequence=1), FeedBook(), ClientBook(), day()
    callers = {caller.id: caller for caller in played.callers}
    recorder = Recorder(
        played, lambda stamp: (stamp - START) / 1e6 * SPEED, lambda contact: callers[last_part(contact)]
    )
    for event in events:
        oracle.take(event)
        feed.take(event)
        recorder.take(event)
        if event.HasField("contact"):
            event.contact.sequence = event.sequence
            client.note(event.contact)
    return Result(
        played, recorder.finish(), SPEED, oracle, feed, client, compare(client, feed), came=len(callers), duration=4.0
    )


def failed(result: Result) -> set[str]:
    return {line["name"] for line in router_checks(result) if not line["pass"]}


@pytest.fixture
def result() -> Result:
    return result_of(history().events)


def test_figures_are_in_seconds_of_the_day(result: Result) -> None:
    found = figures(result.history)
    assert (found["offered"], found["handled"], found["abandoned"]) == (3, 2, 1)
    assert found["speed_of_answer_s"] == pytest.approx((10 + 30) / 2, rel=1e-3)
    assert found["time_to_abandon_s"] == pytest.approx(25, rel=1e-3)
    assert found["mean_wait_s"] == pytest.approx((10 + 30 + 25) / 3, rel=1e-3)
    assert found["service_level"] == pytest.approx(1 / 3)
    assert found["abandonment"] == pytest.approx(1 / 3)
    assert found["occupancy"] == pytest.approx(2 / 4, rel=1e-3)
    assert found["offers_per_contact"] == 1


def test_a_right_day_passes(result: Result) -> None:
    assert failed(result) == set()
    assert all(line["pass"] for line in trace_checks(result))


def test_an_order_violation_fails_the_run() -> None:
    wrong = History()
    wrong.agent("first", sales=5)
    for name in ("a", "b", "c"):
        wrong.enqueue(name, sales=1)
    for name in ("a", "c", "b"):
        wrong.serve(name, "first")
    assert failed(result_of(wrong.events)) == {"order violations"}


def test_a_contact_left_behind_fails_the_run() -> None:
    right = history()
    del right.events[-2:]
    assert failed(result_of(right.events)) == {"waiting or in hand at the end"}


def test_a_missing_event_fails_the_run() -> None:
    right = history()
    del right.events[-3]
    assert "feed gaps or duplicates" in failed(result_of(right.events))


def test_too_few_served_fail_a_replay(result: Result) -> None:
    result.day.recorded["handled"] = 1511
    assert [line["pass"] for line in trace_checks(result)] == [False]
    assert trace_checks(result)[0]["goal"].startswith(">= 1500 ")


def test_the_report_has_the_shape_of_all_reports(result: Result, tmp_path: Path) -> None:
    path = tmp_path / "out" / "report.json"
    checks = router_checks(result)
    write(path, checks, details(result))
    read = json.loads(path.read_text(encoding="utf-8"))
    assert all(line.keys() == {"name", "value", "goal", "pass"} for line in read["checks"])
    assert read["accounts"]["by_answers"] == read["accounts"]["by_feed"] == {"completed": 2, "abandoned": 1}
    assert read["oracle"]["offers"] == 2
    assert read["order"] == {"order_violations": 0, "ambiguous": 0}
    assert read["figures"] == {name: pytest.approx(value, abs=1e-4) for name, value in figures(result.history).items()}
    assert read["by_type"].keys() == {""}
    assert read["over_the_day"]["offered"] == [3]
    assert read["record"] is None
    assert read["definitions"].keys() > read["figures"].keys() | read["router"].keys() | read["order"].keys()


def test_wall_times_are_left_out_of_a_day_in_virtual_time(result: Result) -> None:
    report = details(replace(result, virtual=True))
    assert report["router"] is None
    text = io.StringIO()
    show(Console(file=text, width=160), report, [])
    assert "virtual time" in text.getvalue()
    assert "wall time" not in text.getvalue()


def test_a_record_is_set_beside_in_the_same_intervals(result: Result) -> None:
    report = details(result, replace(result.history, end=6 * 3600))
    assert len(report["over_the_day"]["offered"]) == len(report["record"]["over_the_day"]["offered"]) == 12
    assert report["record"]["waits"]["step_s"] == report["waits"]["step_s"]


def test_a_day_played_in_both_kinds_of_time_stands_side_by_side(result: Result) -> None:
    shorter = replace(result.history, stays=dict(list(result.history.stays.items())[:2]))
    report = details(replace(result, virtual=True, history=shorter), beside=result)
    assert [title for title, _ in columns(report)] == ["virtual time", "real time, 10-fold", "on record"]
    assert [values.get("offered") for _, values in columns(report)] == [2, 3, None]
    assert report["router"] == details(result)["router"]
    text = io.StringIO()
    show(Console(file=text, width=200), report, [])
    assert "real time, 10-fold" in text.getvalue()
    assert "real time, 10-fold" in page(report, [])


@pytest.mark.parametrize(("width", "shown"), [(80, False), (160, True)])
def test_a_narrow_terminal_shows_figures_without_their_meanings(result: Result, width: int, shown: bool) -> None:
    text = io.StringIO()
    show(Console(file=text, width=width), details(result), router_checks(result))
    lines = text.getvalue().splitlines()
    assert max(len(line) for line in lines) <= width
    assert any(FIGURES["load_ratio"].title in line for line in lines)
    assert (FIGURES["abandoned"].meaning in text.getvalue()) == shown
    assert "…" not in text.getvalue()


def test_the_table_names_what_failed(result: Result) -> None:
    text = io.StringIO()
    result.balance.doubles.append("a was taken twice")
    checks = router_checks(result)
    show(Console(file=text, width=160), details(result), checks)
    assert "FAIL" in text.getvalue()
    assert "a was taken twice" in text.getvalue()


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 95, 99)] == [50, 95, 99]
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 99) == 0.0
