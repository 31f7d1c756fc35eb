"""Each scenario fails by a check of its own when the script is broken that does what it is about."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from acd_client import AcdClient
from simulator.scenarios import SCENARIOS
from simulator.scenarios.play import play_scenario
from simulator.stage import COMMAND, router
from tests.simulator.thin import thin
from tests.support.swapped import write_swapped

pytestmark = pytest.mark.long

BROKEN = {
    "blended": (
        "lib/open_channels.lua",
        "(counts[channel] or 0) < rule.most",
        "(counts[channel] or 0) < rule.most + 1",
        "moments without room for a call",
    ),
    "rona": ("lib/miss.lua", "(agent.misses or 0) >= most", "(agent.misses or 0) > most", "agents not paused at miss"),
    "vip": (
        "lib/take_place.lua",
        "rule == 'HEAD_START' and tonumber(points or HEAD_START) or STRICT",
        "STRICT",
        "contacts passed by one with less",
    ),
    "callback": (
        "reschedule_contact.lua",
        "put_off(contact, at + ",
        "put_off(contact, at + 0.5 * ",
        "attempts planned for another time",
    ),
    "transfer": (
        "transfer_contact.lua",
        "  enter_queue(contact, at)\n",
        "  contact.rank = us(at)\n  enter_queue(contact, at)\n",
        "contacts whose place changed",
    ),
    "sticky": (
        "lib/hold_out.lua",
        "us(at + tonumber(",
        "us(at + 2 * tonumber(",
        "contacts that went on holding out",
    ),
    "overflow": (
        "lib/next_overflow.lua",
        "contact.enqueue + rule.after",
        "contact.enqueue + 2 * rule.after",
        "rules that fired at another moment",
    ),
    "relax": (
        "lib/settle_steps.lua",
        "if found ~= false then return end",
        "do return end",
        "contacts that stood on another step",
    ),
    "calendar": (
        "lib/obey_calendar.lua",
        "redis.call('HGET', key('center'), 'calendar_expires') or '0'",
        "'0'",
        "contacts expired that should have been kept",
    ),
}
"""Scenario to the file, what is right in it, what is wrong instead, and the check that must notice."""


def test_every_scenario_is_broken_once() -> None:
    assert BROKEN.keys() == SCENARIOS.keys()


def broken(name: str, folder: Path) -> Path:
    """A folder of scripts, one of which is wrong."""
    file, right, wrong, _ = BROKEN[name]
    return write_swapped(folder, file, right, wrong)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", sorted(BROKEN))
async def test_a_scenario_fails_when_its_script_is_broken(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = BROKEN[name][-1]
    monkeypatch.setenv("ACD_LUA_DIR", str(broken(name, tmp_path / "lua")))
    async with router("", virtual=True) as address, AcdClient(address) as client:
        played = await play_scenario(client, f"broken-{name}", thin(SCENARIOS[name]), seed=1)
    failed = [line["name"] for line in played.findings.checks if not line["pass"] and line["goal"] != "> 0"]
    assert [fault for fault in failed if fault.startswith(check)], failed


@pytest.mark.timeout(180)
def test_the_command_says_so(tmp_path: Path) -> None:
    """Exit status 1, the failed check in the table and in the report; the events are kept."""
    report, events = tmp_path / "out.json", tmp_path / "events.jsonl"
    words = ["simulate", "--scenario", "sticky", "--json", str(report), "--events", str(events)]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        env={**os.environ, "ACD_LUA_DIR": str(broken("sticky", tmp_path / "lua")), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    failed = [line for line in json.loads(report.read_text(encoding="utf-8"))["checks"] if not line["pass"]]
    assert [line["name"] for line in failed if line["name"].startswith("sticky: contacts that went on holding out")]
    assert "FAIL contacts that went on holding out" in done.stdout
    assert "CONTACT_OFFERED" in events.read_text(encoding="utf-8")
