"""The report has the shape that every report of the project has, and judges what it may."""

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as main
from benchmarks.lifecycle import account
from benchmarks.report import Result, at_least, at_most, counted, lines, merged, report, told, write
from benchmarks.stage import Stage


def result() -> Result:
    rows = [
        at_least("fast enough", 0.612345, 0.6, moonshot="0.75"),
        at_most("small enough", 2000.0, 1024),
        counted("all there", 7, 7),
        told("by the way", 3.0),
    ]
    return Result(rows, {"more": {1: float("inf")}})


def test_a_full_run_judges_every_goal() -> None:
    found = report({"thing": result()}, judge_goals=True, about={"size": "full"})
    assert found["checks"] == [
        {"name": "thing: fast enough", "value": 0.6123, "goal": ">= 0.6", "pass": True},
        {"name": "thing: small enough", "value": 2000.0, "goal": "<= 1024", "pass": False},
        {"name": "thing: all there", "value": 7, "goal": "= 7", "pass": True},
    ]
    assert found["size"] == "full"
    assert found["benchmarks"]["thing"]["more"] == {"1": "inf"}
    assert [row["name"] for row in found["benchmarks"]["thing"]["goals"]] == [row.name for row in result().rows]


def test_a_quick_run_judges_counts_and_tells_goals() -> None:
    found = report({"thing": result()}, judge_goals=False, about={})
    assert [check["name"] for check in found["checks"]] == ["thing: all there"]
    assert found["benchmarks"]["thing"]["goals"][0] == {
        "name": "fast enough", "value": 0.6123, "goal": ">= 0.6", "pass": True, "count": False, "moonshot": "0.75",
    }  # fmt: skip


@pytest.mark.parametrize(("value", "met"), [(0.59, False), (0.6, True), (0.61, True)])
def test_at_least(value: float, *, met: bool) -> None:
    assert at_least("x", value, 0.6).met is met


@pytest.mark.parametrize(("value", "met"), [(4.9, True), (5.0, True), (5.1, False)])
def test_at_most(value: float, *, met: bool) -> None:
    assert at_most("x", value, 5.0).met is met


def test_lines_say_pass_or_miss() -> None:
    rows = report({"thing": result()}, judge_goals=True, about={})["benchmarks"]["thing"]["goals"]
    words = [line.split()[-1] for line in lines("thing", rows, judge_goals=True)]
    assert words == ["pass", "MISS", "pass", "3.0"]
    assert lines("thing", rows, judge_goals=False)[0].endswith("(pass)")


def test_the_file_is_json(tmp_path: Path) -> None:
    path = tmp_path / "new" / "bench.json"
    write(path, report({"thing": result()}, judge_goals=True, about={}))
    assert set(json.loads(path.read_text())) == {"checks", "benchmarks"}


def test_a_piece_is_added_to_the_report_by_name() -> None:
    def piece(name: str, value: int, size: str = "full") -> dict[str, Any]:
        rows = [counted("left", value, 0)]
        return report({name: Result(rows, {"commit": str(value)})}, judge_goals=True, about={"size": size})

    whole = merged(merged(piece("a", 1), piece("b", 2)), piece("a", 0))
    assert [(check["name"], check["value"]) for check in whole["checks"]] == [("b: left", 2), ("a: left", 0)]
    assert {name: found["commit"] for name, found in whole["benchmarks"].items()} == {"a": "0", "b": "2"}
    assert merged(whole, piece("c", 3, "quick")) == piece("c", 3, "quick")
    assert merged({}, piece("a", 1)) == piece("a", 1)


def test_a_run_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[str] = []

    def runner(name: str) -> Callable[[Stage, str], Coroutine[Any, Any, Result]]:
        async def run(stage: Stage, size: str) -> Result:
            del stage, size
            ran.append(name)
            return Result([counted("left", int(name == "scale"), 0)])

        return run

    for name in ("start", "scale"):
        monkeypatch.setattr(f"benchmarks.{name}.run", runner(name))
    path = str(tmp_path / "bench.json")
    assert main.main(["scale", "--quick", "--json", path]) == 1
    assert main.main(["scale", "start", "--quick", "--resume", "--json", path]) == 1, "scale's miss is in the report"
    assert ran == ["scale", "start"]
    assert main.main(["scale", "--json", path]) == 1, "another size is another report"
    assert list(json.loads(Path(path).read_text())["benchmarks"]) == ["scale"]


def test_a_machine_that_is_too_slow_for_a_quick_run_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "QUICK_S", 0.0)
    assert main.main(["start", "sweep", "--quick"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["start        not run: 0 s are over", "sweep        not run: 0 s are over", "0 checks, 0 missed"]


def test_another_file_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.json"
    path.write_text("{}")
    with pytest.raises(SystemExit):
        main.main(["start", "--json", str(path)])
    assert "is no report of benchmarks" in capsys.readouterr().err
    assert path.read_text() == "{}"


@pytest.mark.parametrize(("left", "status"), [(0, 0), (1, 1)])
def test_the_exit_status_is_1_when_a_check_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], left: int, status: int
) -> None:
    async def run(stage: Stage, size: str) -> Result:
        del stage
        assert size == "quick"
        return Result([counted("left", left, 0), at_least("slow, which is not judged", 0.0, 1.0)])

    monkeypatch.setattr("benchmarks.start.run", run)
    path = tmp_path / "bench.json"
    assert main.main(["start", "--quick", "--json", str(path)]) == status
    assert [check["pass"] for check in json.loads(path.read_text())["checks"]] == [not left]
    assert f"1 checks, {left} missed" in capsys.readouterr().out


def test_an_unknown_benchmark_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main.main(["enqueu"])
    assert refused.value.code == 2
    assert "there is no benchmark enqueu; there are enqueue, offer," in capsys.readouterr().err


def test_the_bottleneck_is_the_part_that_takes_most() -> None:
    found = account({"client": 1.0, "server": 4.0, "store": 1.0}, wall=5.0, contacts=1000, cores=4)
    assert found["bottleneck"] == "server"
    assert found["cpu_us_per_contact"] == {"client": 1000.0, "server": 4000.0, "store": 1000.0}
    assert found["cpu_share_of_a_core"] == {"client": 0.2, "server": 0.8, "store": 0.2}
    assert found["contacts_per_core_s"] == pytest.approx(1000 / 6)


def test_where_no_part_is_busy_none_is_blamed() -> None:
    found = account({"client": 1.0, "server": 2.0}, wall=5.0, contacts=1000, cores=4)
    assert found["bottleneck"].startswith("none of ours: server takes most")


def test_a_full_machine_is_the_bottleneck() -> None:
    found = account({"client": 4.0, "server": 5.0}, wall=5.0, contacts=1000, cores=2)
    assert found["bottleneck"] == "the machine's 2 cores, of which server takes most"
