"""The live router stands up to theory, and with one line of a script changed it does not."""

from functools import cache, partial
from pathlib import Path

import pytest

from acd_client import AcdClient
from simulator import erlang_check
from simulator.day import Day
from simulator.erlang_check import Design, Line
from simulator.history import History
from simulator.stage import router
from simulator.stationary import Case, Figures
from simulator.virtual import VirtualRun
from tests.support.swapped import write_swapped

pytestmark = pytest.mark.long

CASE = Case(30, 300, 3)
DESIGN = Design(contacts=100, expectation=600_000)

SWAPS = {
    "newest first": (
        "lib/match.lua",
        "load_contact(redis.call('ZRANGE', key('class', class_id), 0, 0)[1])",
        "load_contact(redis.call('ZRANGE', key('class', class_id), -1, -1)[1])",
    ),
    # Held in wrap-up for 3 % of the service, though the center has none.
    "agents kept 3 % longer": (
        "lib/end_service.lua",
        "local wrap_up, most = wrap_up_rule(contact.channel)",
        "local wrap_up, most = math.floor((at - tonumber(assignment.accepted)) * 0.03), 0",
    ),
}


async def play(client: AcdClient, center: str, day: Day) -> History:
    return (await VirtualRun(client, center, day).play()).history


@cache
def expected() -> dict[Case, list[Figures]]:
    return erlang_check.expectations([CASE], DESIGN, lambda _: None)


async def against_theory() -> list[Line]:
    """The figures of a router of our own with the scripts of ACD_LUA_DIR."""
    days = {CASE: erlang_check.draw_days(CASE, DESIGN)}
    async with router("", virtual=True) as address, AcdClient(address) as client:
        played = await erlang_check.play_days(days, DESIGN, "theory", partial(play, client), lambda _: None)
    return erlang_check.judge(days, played, expected(), DESIGN)


def off(lines: list[Line]) -> set[str]:
    """Figures whose interval excludes the formula's value."""
    return {line.figure for line in lines if not line.estimate.contains(line.theory)}


@pytest.mark.timeout(180)
async def test_the_router_as_it_is_agrees_with_theory() -> None:
    lines = await against_theory()
    assert all(line.passed for line in lines), lines
    # It does what fcfs does, contact by contact: nothing is added to the width of E[fcfs].
    assert all(line.crude.half_width > 3 * line.estimate.half_width for line in lines), lines


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("swap", "figures"),
    [
        # The mean wait of those served newest first is the same: their service level is not.
        ("newest first", {"service level"}),
        ("agents kept 3 % longer", {"wait probability", "occupancy"}),
    ],
)
async def test_a_wrong_router_does_not(
    swap: str, figures: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACD_LUA_DIR", str(write_swapped(tmp_path / "lua", *SWAPS[swap])))
    lines = await against_theory()
    assert off(lines) >= figures, lines
