"""The short form: some seeds, the same seed twice, and bugs that are noticed."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.loop import Stuck, VirtualLoop, context_of
from tests.simulation.run import run

ROOT = Path(__file__).parents[2]
QUICK = (
    "delivered before it is confirmed",
    "a resumed feed skips an event",
    "a resumed feed repeats an event",
    "an iterator goes on where it began",
)
"""Those that the first runs notice; `python -m tests.simulation --bug` shows each of the others."""
REGRESSIONS = (22, 153, 204, 238, 1025, 40060)
"""Seeds that failed once, or showed what the judge had wrong."""


def play(*arguments: str, hashing: str = "0") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": hashing}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=55, check=False)


@pytest.mark.parametrize("first", [1, 51])
def test_no_promise_is_broken(first: int) -> None:
    failed = {seed: result.violations for seed in range(first, first + 50) if (result := run(seed)).violations}
    assert not failed


@pytest.mark.parametrize("seed", REGRESSIONS)
def test_what_failed_once_holds(seed: int) -> None:
    assert not run(seed).violations


def test_the_same_seed_is_the_same_run() -> None:
    """Line by line, in another process too, whose sets have another order."""
    one, again, other = run(7), run(7), run(8)
    assert one.lines == again.lines
    assert one.digest == again.digest != other.digest
    for hashing in ("1", "2"):
        assert one.digest in play("--runs", "1", "--seed", "7", "--trace", hashing=hashing).stdout


@pytest.mark.parametrize("bug", QUICK)
def test_a_bug_is_noticed(bug: str) -> None:
    ended = play("--runs", str(BUGS[bug].within), "--bug", bug)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "seed " in ended.stdout


@pytest.mark.parametrize("bug", BUGS)
def test_every_bug_still_has_its_place(bug: str) -> None:
    edit = BUGS[bug]
    file = f"{edit.module.replace('.', '/')}.py"
    found = [path for folder in (ROOT, ROOT / "clients/python") if (path := folder / file).exists()]
    assert found[0].read_text().count(edit.right) == 1


def test_the_report_has_the_shape_of_every_report(tmp_path: Path) -> None:
    report = tmp_path / "simulation.json"
    ended = play("--runs", "2", "--seed", "3", "--json", str(report))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(report.read_text())
    assert [line["name"] for line in found["checks"]][:2] == ["runs", "runs that broke a promise"]
    assert all(set(line) == {"name", "value", "goal", "pass"} for line in found["checks"])
    assert (found["runs"], found["failed"]) == (2, {})


def test_a_loop_that_waits_for_nothing_is_stuck() -> None:
    loop = VirtualLoop(Random(1))
    with pytest.raises(Stuck, match="nothing is scheduled"):
        loop.run_until_complete(loop.create_future())
    loop.close()


def test_time_passes_without_waiting_and_not_for_who_is_paused() -> None:
    loop, times = VirtualLoop(Random(1)), []

    async def tick(name: str) -> None:
        for _ in range(3):
            await asyncio.sleep(1000)
            times.append((name, round(loop.time())))

    async def both() -> None:
        other = asyncio.Task(tick("paused"), context=context_of("other"))
        loop.pause("other")
        await tick("runs")
        loop.resume("other")
        await other

    loop.run_until_complete(both())
    loop.close()
    assert times == [("runs", t) for t in (1000, 2000, 3000)] + [("paused", t) for t in (4000, 5000, 6000)]
