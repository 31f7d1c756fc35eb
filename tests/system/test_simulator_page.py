"""The commands of docs/simulator.md do what they say, as a user runs them."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from simulator.page.plots import CHARTS
from tests.system.processes import ACD
from tools.gen_simulator_page import PAGE

pytestmark = pytest.mark.long

DAY = """\
call_id,type,vru_exit,q_start,q_time,outcome,ser_start,ser_exit,ser_time,server
1,PS,9:00:00,9:00:00,10,AGENT,9:00:10,9:02:10,120,ANN
2,PS,9:01:00,9:01:00,70,AGENT,9:02:10,9:03:40,90,ANN
3,NE,9:02:00,9:02:00,35,HANG,0:00:00,0:00:00,0,NO_SERVER
4,NE,9:05:00,0:00:00,0,AGENT,9:05:00,9:06:00,60,BOB
5,PS,9:20:00,0:00:00,0,AGENT,9:20:00,9:21:00,60,ANN
6,NE,9:30:00,0:00:00,0,AGENT,9:30:00,9:31:00,60,BOB
"""


def commands() -> list[list[str]]:
    """The lines of the block that is marked as tested."""
    found = re.search(r"<!-- commands: .*? -->\n```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return [shlex.split(line) for line in found[1].splitlines()]


def run(words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    assert words[:2] == ["acd", "simulate"]
    return subprocess.run([str(ACD), *words[1:]], cwd=folder, capture_output=True, text=True, check=False, timeout=240)


@pytest.mark.timeout(300)
def test_a_profile_becomes_a_report_a_page_and_plots(tmp_path: Path) -> None:
    (words,) = (words for words in commands() if "--profile" in words)
    done = run(words, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "page: out/three.html" in done.stdout
    report = json.loads((tmp_path / "out/three.json").read_text(encoding="utf-8"))
    page = (tmp_path / "out/three.html").read_text(encoding="utf-8")
    for name, value in report["figures"].items():
        assert f'id="figure-{name}"' in page
        assert f'<data value="{value}">' in page
    assert report["digest"] in page
    assert report["router"] is None
    for kind in ("svg", "png"):
        keys = {path.stem for path in (tmp_path / "out/plots").glob(f"*.{kind}")}
        assert keys > CHARTS.keys()


@pytest.mark.timeout(300)
def test_a_scenario_is_played(tmp_path: Path) -> None:
    (words,) = (words for words in commands() if "--scenario" in words)
    done = run(words, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 scenarios, " in done.stdout
    report = json.loads((tmp_path / "out/rona.json").read_text(encoding="utf-8"))
    assert all(line["pass"] for line in report["checks"])
    assert {line["name"].partition(":")[0] for line in report["checks"]} == {"rona"}
    assert report["scenarios"]["rona"]["own"][0]["title"] == "offers missed"


@pytest.mark.timeout(300)
def test_a_recorded_day_stands_beside_its_replay(tmp_path: Path) -> None:
    (words,) = (words for words in commands() if "--trace" in words)
    (tmp_path / "day.csv").write_text(DAY, encoding="utf-8")
    done = run(words, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on record" in done.stdout
    page = (tmp_path / "out/day.html").read_text(encoding="utf-8")
    assert "answered on record" in page
    assert 'on record <data value="0.6667">' in page  # 4 of 6 within 20 s


@pytest.mark.timeout(300)
def test_the_latency_probe(tmp_path: Path) -> None:
    (words,) = (words for words in commands() if "--latency" in words)
    done = run(words, tmp_path)
    # A machine under load may miss the goal; what is shown does not depend on it.
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "enqueue to offer on a feed, agent free, 200 times: p50" in " ".join(done.stdout.split())


def test_every_command_is_run() -> None:
    modes = ("--profile", "--trace", "--latency", "--scenario")
    assert [next(mode for mode in modes if mode in words) for words in commands()] == list(modes)
