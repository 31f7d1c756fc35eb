"""The report has the shape that every report of the project has, and judges what it may."""

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as main
from benchmarks.lifecycle import account
from benchmarks.report import Result, at_least, at_most, counted, lines, report, told, write
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
    words = [line.split()[-1] for line in lines("thing", result(), judge_goals=True)]
    assert words == ["pass", "MISS", "pass", "3"]
    assert lines("thing", result(), judge_goals=False)[0].endswith("(pass)")


def test_the_file_is_json(tmp_path: Path) -> None:
    path = tmp_path / "new" / "bench.json"
    write(path, report({"thing": result()}, judge_goals=True, about={}))
    assert set(json.loads(path.read_text())) == {"checks", "benchmarks"}


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
