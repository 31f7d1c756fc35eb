"""The command line of `acd simulate`: what makes no sense is refused with a sentence."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd_server import cli
from simulator.stage import COMMAND


def simulate(*arguments: str) -> tuple[int, str]:
    """Exit status and output."""
    result = CliRunner().invoke(cli.build(), ["simulate", *arguments], env={"COLUMNS": "200", "TERM": "dumb"})
    return result.exit_code, result.output


@pytest.mark.parametrize("arguments", [(), ("--generated", "--latency"), ("--generated", "--erlang")])
def test_one_thing_at_a_time(arguments: tuple[str, ...]) -> None:
    status, text = simulate(*arguments)
    assert status == 2
    assert "give exactly one of" in text


@pytest.mark.parametrize("arguments", [("--generated", "--clock", "virtual"), ("--erlang",)])
def test_virtual_time_has_no_speed(arguments: tuple[str, ...]) -> None:
    status, text = simulate(*arguments, "--speed", "10")
    assert status == 2
    assert "--speed is for the real clock" in " ".join(text.replace("│", " ").split())


def test_two_clocks_are_two_routers() -> None:
    status, text = simulate("--generated", "--clock", "both", "--server", "127.0.0.1:1")
    assert status == 2
    assert "leave out --server" in " ".join(text.replace("│", " ").split())


def test_an_unknown_scenario_is_told_the_names_of_those_there_are() -> None:
    status, text = simulate("--scenario", "vips")
    assert status == 2
    assert "no scenario 'vips'; there are blended, " in text


@pytest.mark.timeout(120)
def test_no_router_is_another_status_than_a_failed_check() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        # A process of its own: grpc wants one loop, and the tests have theirs.
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, "simulate", "--latency", "--server", address],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert done.stdout.strip()
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("mode", [("--latency",), ("--erlang",), ("--scenario", "all")])
@pytest.mark.parametrize("option", ["--page", "--svg", "--png"])
def test_what_plays_no_day_has_no_page(mode: tuple[str, ...], option: str, tmp_path: Path) -> None:
    status, text = simulate(*mode, option, str(tmp_path / "out"))
    assert status == 2
    assert f"{mode[0]} plays no single day" in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--page", "file/page.html"),
        ("--svg", "file/plots"),
        ("--png", "file/x"),
        ("--json", "file/x"),
        ("--events", "file/x"),
    ],
)
def test_what_cannot_be_written_is_found_out_before_the_day_is_played(option: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    status, text = simulate("--generated", option, str(tmp_path / name))
    assert status == 2
    assert f"{option}:" in text
    assert "cannot be made" in " ".join(text.replace("│", " ").split())
