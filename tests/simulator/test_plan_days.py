"""Days simulated for a plan: in other processes, each once, kept in a file; and whole plans."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from acd_client import AcdClient
from acd_server.store.store import Clock
from simulator.erlang import ErlangA, ErlangC
from simulator.plan.confirm import confirm, confirm_checks
from simulator.plan.days import Days, StateError, fingerprint, simulate
from simulator.plan.goal import Goal
from simulator.plan.planner import Plan, make_plan
from simulator.profile import Profile, load_profile
from simulator.stage import COMMAND
from tests.simulator.profiles import queue
from tests.support.dispatching import dispatching
from tests.support.server import Server
from tests.support.wait import wait_for

GOAL = Goal(0.8, 20.0)


def days_of(profile: Profile, path: Path | None = None, told: list[tuple[int, int]] | None = None) -> Days:
    return Days(profile, path, 2, lambda known, asked: (told if told is not None else []).append((known, asked)))


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(path: Path) -> list[tuple[tuple[int, ...], int]]:
    """What the file has days of, in order."""
    return [(tuple(line["staffing"]), line["seed"]) for line in lines(path)[1:]]


async def test_days_are_simulated_once_and_kept(tmp_path: Path) -> None:
    profile, path = queue(hours=1), tmp_path / "new" / "state"
    told: list[tuple[int, int]] = []
    with days_of(profile, path, told) as days:
        found = await days.get([(2,), (3,)], [1, 2])
        again = await days.get([(3,), (2,)], [2])
        assert (days.simulated, days.reused) == (4, 0)
    assert found == {size: [simulate(profile, size, seed) for seed in (1, 2)] for size in ((2,), (3,))}
    assert again == {size: [outcomes[1]] for size, outcomes in found.items()}
    assert told[-1] == (4, 4)
    assert [known for known, _ in told[:4]] == [1, 2, 3, 4]
    assert sorted(written(path)) == [((2,), 1), ((2,), 2), ((3,), 1), ((3,), 2)]
    with days_of(profile, path) as days:
        assert await days.get([(2,), (3,)], [1, 2]) == found
        assert (days.simulated, days.reused) == (0, 4)
    assert len(written(path)) == 4


async def test_a_line_cut_short_is_lost_and_nothing_else(tmp_path: Path) -> None:
    profile, path = queue(hours=1), tmp_path / "state"
    with days_of(profile, path) as days:
        found = await days.get([(2,)], [1, 2, 3])
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with days_of(profile, path) as days:
        assert days.reused == 2
        assert await days.get([(2,)], [1, 2, 3]) == found
        assert days.simulated == 1
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())
    path.write_bytes(whole[:10])
    with days_of(profile, path) as days:
        assert days.reused == 0
    assert lines(path) == [{"acd plan": fingerprint(profile)}]


def test_a_file_of_other_days_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with days_of(queue(hours=1), path):
        pass
    other = queue(hours=1, talk={"kind": "fixed", "seconds": 1})
    with pytest.raises(StateError, match="has the days of another profile"):
        days_of(other, path)
    (tmp_path / "letter").write_text("Dear Sir,\n", encoding="utf-8")
    with pytest.raises(StateError, match="is no file of days"):
        days_of(other, tmp_path / "letter")
    with pytest.raises(StateError, match="Is a directory"):
        days_of(other, tmp_path)
    assert (tmp_path / "letter").read_text(encoding="utf-8") == "Dear Sir,\n"


def test_the_fingerprint_knows_what_decides_a_day() -> None:
    profile = load_profile("three")
    assert fingerprint(profile) == fingerprint(profile.with_staffing({"front": 9}))
    policy = profile.policy.model_copy(update={"service_level_threshold": 21.0})
    assert fingerprint(profile) != fingerprint(profile.model_copy(update={"policy": policy}))


async def plan(profile: Profile, goal: Goal, count: int) -> Plan:
    with days_of(profile) as days:
        return await make_plan(profile, goal, days, say=lambda _: None, first_seed=1, count=count)


@pytest.mark.timeout(180)
async def test_one_queue_gets_as_many_agents_as_erlang_c_says() -> None:
    profile = load_profile("single")
    found = await plan(profile, GOAL, 3)
    levels = {agents: ErlangC(1000 / 36_000, 180, agents).service_level(20) for agents in range(6, 11)}
    assert (
        found.staffing == {"agents": min(agents for agents, level in levels.items() if level >= 0.8)} == {"agents": 8}
    )
    assert found.fewest
    # A day begins with an empty queue, and days differ: hence the margin beside the interval.
    for estimate in (found.chosen, *(one for one in found.curve if one.staffing[0] in levels)):
        margin = 2 * estimate.interval.half_width + 0.01
        assert estimate.level == pytest.approx(levels[estimate.staffing[0]], abs=margin)
        assert estimate.occupancy == pytest.approx(5 / estimate.staffing[0], abs=0.05)


@pytest.mark.timeout(180)
async def test_one_queue_whose_callers_hang_up_gets_what_erlang_a_says() -> None:
    """Or one more or less: the formula leaves only a little room, and a day begins with an empty queue."""
    profile = queue(
        hours=4, patience={"kind": "exponential", "mean": 90}, arrivals={"per_half_hour": [100] * 8}, agents=11
    )
    found = await plan(profile, Goal(0.8, 20, abandonment=0.06), 3)
    queues = [ErlangA(100 / 1800, 180, agents, 90) for agents in range(1, 30)]
    expected = next(q.agents for q in queues if q.service_level(20) >= 0.8 and q.abandonment <= 0.06)
    assert abs(found.staffing["agents"] - expected) <= 1
    exact = ErlangA(100 / 1800, 180, found.staffing["agents"], 90)
    assert found.chosen.abandonment == pytest.approx(exact.abandonment, abs=0.015)


@pytest.mark.timeout(180)
async def test_the_same_seed_gives_the_same_plan() -> None:
    profile = queue(hours=2, patience={"kind": "exponential", "mean": 120})
    one, other = await plan(profile, GOAL, 3), await plan(profile, GOAL, 3)
    assert one == other
    assert one.tried > 2
    assert [day.all.came for day in one.chosen.days] != [one.chosen.days[0].all.came] * len(one.chosen.days)


@pytest.mark.timeout(180)
async def test_a_goal_out_of_reach_is_no_plan() -> None:
    """Nobody works in the second hour, in which half of the contacts come."""
    profile = queue(hours=1, patience={"kind": "exponential", "mean": 60}, arrivals={"per_half_hour": [10] * 4})
    found = await plan(profile, GOAL, 2)
    assert not found.chosen.met
    assert not found.fewest
    assert found.chosen.level < 0.7


@pytest.fixture
def clock() -> Clock:
    return "virtual"


@pytest.mark.timeout(180)
async def test_the_router_confirms_what_the_reference_says(server: Server) -> None:
    profile = queue(hours=1, patience={"kind": "exponential", "mean": 60}, arrivals={"per_half_hour": [30, 30]})
    async with AcdClient(server.target) as client, dispatching(server.target), asyncio.timeout(120):
        with days_of(profile) as days:
            found = await confirm(
                client, "plan", profile=profile, staffing=(5,), days=days, seeds=[1, 2], say=lambda _: None
            )
    assert [day.seed for day in found] == [1, 2]
    assert all(day.router == day.reference and not day.failed for day in found)
    assert all(line["pass"] for line in confirm_checks(GOAL, found))
    other = [day._replace(router=simulate(profile, (3,), day.seed), failed=["lost"]) for day in found]
    assert [line["pass"] for line in confirm_checks(GOAL, other)] == [False, False]


def command(folder: Path, name: str) -> list[str]:
    """A plan by the command line, whose report goes to the folder."""
    words = ("simulate", "--plan", folder / "desk.yaml", "--days", "4", "--confirm", "0", "--json", folder / name)
    return [sys.executable, "-c", COMMAND, *map(str, words)]


@pytest.mark.timeout(240)
def test_a_plan_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    profile = queue(hours=1, patience={"kind": "exponential", "mean": 120}, arrivals={"per_half_hour": [60] * 2})
    text = yaml.safe_dump(json.loads(profile.model_dump_json(exclude_unset=True)) | clocks(profile), sort_keys=False)
    (tmp_path / "desk.yaml").write_text(text, encoding="utf-8")
    state = tmp_path / "killed.days.jsonl"
    with subprocess.Popen(
        command(tmp_path, "killed.json"), stdout=subprocess.DEVNULL, start_new_session=True
    ) as killed:
        wait_for(lambda: state.exists() and len(state.read_bytes().splitlines()) > 6, "some days are over", 60.0)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    wait_for(lambda: not alive(killed.pid), "the workers are gone, too", 30.0)
    before = state.read_bytes().rpartition(b"\n")[0].splitlines()
    assert not (tmp_path / "killed.json").exists()
    again = subprocess.run(command(tmp_path, "killed.json"), capture_output=True, text=True, check=True)
    whole = subprocess.run(command(tmp_path, "whole.json"), capture_output=True, text=True, check=True)
    assert (tmp_path / "killed.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    assert state.read_bytes().splitlines()[: len(before)] == before
    assert len(set(written(state))) == len(written(state))
    assert sorted(written(state)) == sorted(written(tmp_path / "whole.days.jsonl"))
    assert f"{len(before) - 1} taken from the file of days" in again.stdout
    assert f"{len(written(state))} days simulated, 0 taken" in whole.stdout
    report = json.loads((tmp_path / "killed.json").read_text(encoding="utf-8"))
    assert all(line["pass"] for line in report["checks"])
    assert report["goal"]["service_level"] == 0.8


def clocks(profile: Profile) -> dict[str, Any]:
    """The profile's times of day as a file has them."""
    (group,) = profile.agent_groups.values()
    shift = {"start": "08:00", "end": "09:00", "agents": group.agents}
    groups = {"agents": {"skills": {"service": 5}, "shifts": [shift]}}
    return {"opens": "08:00", "agent_groups": groups}


def alive(group: int) -> bool:
    """Whether a process group has anybody in it."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
