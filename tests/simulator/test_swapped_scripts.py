"""The judge reads nothing but the feed, and notices a router that chooses wrongly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.swapped import LUA, write_swapped

pytestmark = pytest.mark.long

SWAPS = {
    # The agent who has been available shortest.
    "newest agent": (
        "lib/walk.lua",
        "redis.call('ZRANGEBYSCORE', index, '(' .. cursor, last,",
        "redis.call('ZREVRANGEBYSCORE', index, last, '(' .. cursor,",
    ),
    # The second contact of the queue, where there is one.
    "second contact": (
        "lib/match.lua",
        "load_contact(redis.call('ZRANGE', key('class', class_id), 0, 0)[1])",
        (
            "load_contact(redis.call('ZRANGE', key('class', class_id), 0, 1)[2]"
            " or redis.call('ZRANGE', key('class', class_id), 0, 0)[1])"
        ),
    ),
}


def simulate(folder: Path, report: Path) -> tuple[int, dict[str, object]]:
    """Plays the generated day, fast, on a router with these scripts: exit status, and values of the checks."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from acd_server.cli import main; main()",
            "simulate",
            "--generated",
            "--speed",
            "400",
            "--json",
            str(report),
        ],
        env={**os.environ, "ACD_LUA_DIR": str(folder)},
        capture_output=True,
        check=False,
    )
    checks = json.loads(report.read_text(encoding="utf-8"))["checks"]
    return done.returncode, {check["name"]: check["value"] for check in checks}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("swap", sorted(SWAPS))
def test_a_router_that_chooses_wrongly_is_reported(swap: str, tmp_path: Path) -> None:
    """With one line of one script changed, the same command exits non-zero and counts violations."""
    folder = write_swapped(tmp_path / "lua", *SWAPS[swap])
    status, values = simulate(folder, tmp_path / "report.json")
    assert status == 1
    assert values["order violations"] != 0


@pytest.mark.timeout(180)
def test_the_router_as_it_is_has_no_violation(tmp_path: Path) -> None:
    """The same day at the same speed, with the scripts as they are."""
    _, values = simulate(LUA, tmp_path / "report.json")
    assert values["order violations"] == 0
    assert values["double"] == 0
    assert values["lost"] == 0
