"""The router does what the rules on paper say, step by step; a router that does not is found, with the moment.

The long form is `make paired`: 20 whole days.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from acd_client import AcdClient
from simulator import paired
from simulator.day import AgentPlan, Day, Strategy
from simulator.paired import Pair
from simulator.play import Result
from simulator.profile import load_profile
from simulator.reference import play
from simulator.stage import COMMAND, router
from simulator.steps import first_difference
from simulator.virtual import VirtualRun
from tests.simulator.odd_days import odd_day
from tests.simulator.profiles import changed
from tests.support.swapped import write_swapped

pytestmark = pytest.mark.long

ODD_DAYS = range(100, 108)
STRATEGY_DAYS: dict[Strategy, tuple[int, ...]] = {
    "least-loaded": (200, 201),
    "best-fit": (203, 207, 213),
    "least-skilled": (206, 209, 216),
    "round-robin": (218, 220, 232),
}
TELLING_DAYS = (116, 137, 151)
"""Odd days in which each of the swaps matters."""

SHORTEST_AVAILABLE = (
    "lib/walk.lua",
    "redis.call('ZRANGEBYSCORE', index, '(' .. cursor, last,",
    "redis.call('ZREVRANGEBYSCORE', index, last, '(' .. cursor,",
)
SWAPS = {
    "a revoked offer begins idle time anew": (
        "lib/take_back.lua",
        "if state ~= 'REVOKED' then agent.idle = us(at) end",
        "agent.idle = us(at)",
    ),
    "an agent gets at once what he missed": (
        "lib/retry_delay.lua",
        "if state == 'REVOKED' then return 0 end",
        "if state ~= 'DECLINED' then return 0 end",
    ),
    "a tie goes to who came last": (
        "lib/choose_agent.lua",
        "if measured[i] < measured[best] then best = i end",
        "if measured[i] <= measured[best] then best = i end",
    ),
    "a level too low is enough": (
        "lib/satisfies.lua",
        "tonumber(string.match(text, '^%d+', found + 1)) < required[2]",
        "tonumber(string.match(text, '^%d+', found + 1)) < required[2] - 1",
    ),
}


async def play_pairs(days: list[Day]) -> list[Pair]:
    """By a router of our own with the scripts of ACD_LUA_DIR."""
    async with router("", virtual=True) as address, AcdClient(address) as client:

        async def play(center: str, day: Day) -> Result:
            return await VirtualRun(client, center, day).play()

        return await paired.play_pairs(days, "paired", play, lambda _: None)


def noon(seed: int) -> Day:
    """The busiest two hours of a day of the profile that `make paired` plays, with the breaks in them."""
    day, start, end = load_profile("three").day(seed), 11 * 3600.0, 13 * 3600.0

    def cut(plan: AgentPlan) -> AgentPlan:
        breaks = tuple((begin, over) for begin, over in plan.breaks if start <= begin and over < end)
        return replace(plan, start=max(plan.start, start - 60), end=min(plan.end, end), breaks=breaks)

    callers = [caller for caller in day.callers if start <= caller.arrival < end]
    return replace(day, callers=callers, agents=[cut(plan) for plan in day.agents])


def parting(pairs: list[Pair]) -> list[str]:
    """How each day that differs begins to, for a person."""
    return ["\n".join(pair.difference.lines()) for pair in pairs if pair.difference]


@pytest.mark.timeout(240)
async def test_the_router_goes_by_the_rules_step_by_step() -> None:
    """A busy stretch of the long form, and days made of coincidences; all there is happens in them."""
    pairs = await play_pairs([noon(1), *(odd_day(seed) for seed in ODD_DAYS)])
    assert parting(pairs) == []
    assert [pair.faults for pair in pairs] == [[]] * len(pairs)
    assert all(line["pass"] for line in paired.checks(pairs, len(pairs)))
    assert sum(pair.assignments for pair in pairs) > 500
    total = sum((pair.happened for pair in pairs), Counter[str]())
    assert min(total.values()) > 20, total


def by(day: Day, strategy: Strategy) -> Day:
    return replace(day, policy=replace(day.policy, strategy=strategy))


@pytest.mark.timeout(240)
async def test_it_chooses_by_the_rules_of_each_strategy() -> None:
    """Three odd days under each that compares; a strategy that made no difference to them would say nothing."""
    days = [by(odd_day(seed), strategy) for strategy, seeds in STRATEGY_DAYS.items() for seed in seeds]
    pairs = await play_pairs(days)
    assert parting(pairs) == []
    assert [pair.faults for pair in pairs] == [[]] * len(pairs)
    for day in days:
        # Nobody of these days takes two contacts at once.
        alike = day.policy.strategy == "least-loaded"
        assert (first_difference(play(day), play(by(day, "longest-available"))) is None) == alike, day.seed


@pytest.mark.timeout(240)
@pytest.mark.parametrize("swap", sorted(SWAPS))
async def test_a_router_that_does_otherwise_is_found(
    swap: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACD_LUA_DIR", str(with_swap(SWAPS[swap], tmp_path)))
    # Who satisfies what is the same by every strategy; only such as compare can break a tie.
    strategy: Strategy = "least-loaded" if "tie" in swap else "longest-available"
    pairs = await play_pairs([by(odd_day(seed), strategy) for seed in TELLING_DAYS])
    lines = paired.checks(pairs, len(pairs))
    assert next(line["name"] for line in lines if not line["pass"]) == "days that differ from the reference"
    for pair in pairs:
        if pair.difference:
            # Who comes and signs in first is the same for every router.
            assert pair.difference.agreed > 1
            assert pair.difference.router != pair.difference.reference


def with_swap(swap: tuple[str, str, str], tmp_path: Path) -> Path:
    """A copy of the scripts with one line changed."""
    return write_swapped(tmp_path / "lua", *swap)


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", COMMAND, "simulate", "--paired", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.timeout(240)
def test_the_command_reports_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit status 0 with no difference; 1 with one, which is printed and written with its moment."""
    profile, report = tmp_path / "small.yaml", tmp_path / "report.json"
    small = changed("contact_types.calls.arrivals.total", 40)
    small["policy"]["strategy"] = "longest-available"
    profile.write_text(yaml.safe_dump(small), encoding="utf-8")
    options = ("--profile", str(profile), "--json", str(report), "--seed", "3", "--days", "2")
    done = simulate(*options)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(report.read_text(encoding="utf-8"))
    assert [day["seed"] for day in written["days"]] == [3, 4]
    assert [day["difference"] for day in written["days"]] == [None, None]
    assert all(line["pass"] for line in written["checks"])

    monkeypatch.setenv("ACD_LUA_DIR", str(with_swap(SHORTEST_AVAILABLE, tmp_path)))
    done = simulate(*options)
    assert done.returncode == 1, done.stdout + done.stderr
    written = json.loads(report.read_text(encoding="utf-8"))
    found = next(day["difference"] for day in written["days"] if day["difference"])
    assert found["router"]["what"] == found["reference"]["what"] == "is offered"
    assert found["router"]["agent"] != found["reference"]["agent"]
    assert len(found["free"]) > 1
    assert f"at {found['moment']}, after {found['steps_agreed']:,} steps" in done.stdout
