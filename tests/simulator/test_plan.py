"""Planning a staffing: the goal, what a day says of it, where the search begins and where it ends."""

import asyncio
import itertools
import math
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from acd_server import cli
from simulator.erlang import ErlangA, ErlangC
from simulator.plan.goal import Estimate, Goal, Staffing, TargetError
from simulator.plan.outcome import Form, Outcome, Tally, Time, outcome_of
from simulator.plan.picture import plan_chart
from simulator.plan.planner import apportioned, make_plan
from simulator.plan.search import Search
from simulator.plan.start import erlang_start, handling, most_agents, presence
from simulator.profile import load_profile
from tests.simulator.hand_made import Made, agent
from tests.simulator.profiles import FULL, profile_of, queue

GOAL = Goal(0.8, 20.0)


@pytest.mark.parametrize(
    ("target", "abandon", "goal"),
    [
        ("80/20", "", Goal(0.8, 20.0)),
        ("92.5/7.5", "5%", Goal(0.925, 7.5, abandonment=0.05)),
        ("80/20", "2.5", Goal(0.8, 20.0, abandonment=0.025)),
        ("80/20", "0%", Goal(0.8, 20.0, abandonment=0.0)),
    ],
)
def test_a_target_is_read(target: str, abandon: str, goal: Goal) -> None:
    assert Goal.parse(target, abandon) == goal


@pytest.mark.parametrize(
    ("target", "abandon", "told"),
    [
        ("80", "", "--target: must be per cent and seconds such as 80/20 (given: '80')"),
        ("100/20", "", "--target"),
        ("0/20", "", "--target"),
        ("80/0", "", "--target"),
        ("80/-3", "", "--target"),
        ("٨٠/20", "", "--target"),
        ("80/20\n", "", "--target"),
        ("80/20", "five", "--abandon: must be per cent such as 5% (given: 'five')"),
        ("80/20", "100%", "--abandon"),
    ],
)
def test_a_target_that_means_nothing_is_told(target: str, abandon: str, told: str) -> None:
    with pytest.raises(TargetError) as caught:
        Goal.parse(target, abandon)
    assert str(caught.value).startswith(told)


def test_an_outcome_is_counted_by_type_and_group() -> None:
    made = Made(agent("ann", (0, 1000), group="a"), agent("bob", (0, 500), group="b"), threshold=20, short=5)
    made.answered(100, 20, talk=100, wrap_up=10, by="ann", type="calls")
    made.answered(300, 21, talk=50, by="bob", type="calls")
    made.left(400, 4, type="calls")
    made.left(400, 5, type="calls")
    made.left(400, 30, type="chats")
    found = outcome_of(made.history, ["calls", "chats", "mails"], ["a", "b", "c"])
    assert found == Outcome(
        {"calls": Tally(1, 1, 3, 4, 2), "chats": Tally(0, 0, 1, 1, 1), "mails": Tally(0, 0, 0, 0, 0)},
        {"a": Time(110.0, 1000.0), "b": Time(50.0, 500.0), "c": Time(0.0, 0.0)},
    )
    assert found.all == Tally(1, 1, 4, 5, 3)
    assert found.time == Time(160.0, 1500.0)
    assert found.all.abandonment == 3 / 5
    assert Outcome.from_json(found.to_json()) == found


@pytest.mark.parametrize(("form", "level"), [("against", 70 / 100), ("ignored", 70 / 90), ("met", 80 / 100)])
def test_the_three_forms_of_a_service_level(form: Form, level: float) -> None:
    """Cisco's worked example: 77.8 %, 70 % and 80 %."""
    assert Tally(70, 10, 100, 100, 10).level(form) == pytest.approx(level)
    assert Tally(0, 0, 0, 0, 0).level(form) == 1.0


def day(*levels: float, abandoned: int = 0) -> Outcome:
    """100 contacts of each type, answered in time by these shares."""
    types = {f"t{number}": Tally(round(100 * level), 0, 100, 100, abandoned) for number, level in enumerate(levels)}
    return Outcome(types, {"g": Time(50.0, 100.0)})


def estimate(goal: Goal, *days: Outcome) -> Estimate:
    return Estimate((1,), goal, list(days))


def test_a_goal_is_met_by_the_mean_of_the_days() -> None:
    found = estimate(GOAL, day(0.7), day(0.9))
    assert (found.met, found.shortfall, found.good_days) == (True, 0, 1)
    assert found.level == pytest.approx(0.8)
    assert found.sure == pytest.approx(0.5)
    found = estimate(GOAL, day(0.7), day(0.8))
    assert (found.met, found.good_days) == (False, 1)
    assert found.shortfall == pytest.approx(0.05)


def test_each_type_may_be_asked_to_reach_it() -> None:
    days = [day(0.7, 1.0), day(0.7, 0.98)]
    assert estimate(GOAL, *days).met
    found = estimate(Goal(0.8, 20, each_type=True), *days)
    assert [aim.name for aim in found.aims] == ["service level of t0", "service level of t1"]
    assert found.means == pytest.approx([0.7, 0.99])
    assert (found.met, found.good_days, found.sure) == (False, 0, 0.0)
    unsure = estimate(Goal(0.8, 20, each_type=True), day(0.78, 0.78), day(0.82, 0.83))
    alone = [estimate(GOAL, day(one), day(other)).sure for one, other in ((0.78, 0.82), (0.78, 0.83))]
    assert unsure.sure == pytest.approx(sum(alone) - 1)


def test_an_abandonment_may_be_asked_as_well() -> None:
    found = estimate(Goal(0.8, 20, abandonment=0.05), day(0.9, abandoned=4), day(0.9, abandoned=8))
    assert found.shortfall == pytest.approx(0.01)
    assert found.good_days == 1
    assert found.abandonment == pytest.approx(0.06)


def test_how_sure_it_is_follows_student() -> None:
    """Ten days around .82: t = .02 sqrt(10) / s; the two-sided table has 2.262 for 95 % at 9 degrees."""
    levels = [0.78, 0.86] * 5
    spread = 0.04 * math.sqrt(10 / 9)
    found = estimate(Goal(0.82 - 2.262 * spread / math.sqrt(10), 20), *map(day, levels))
    assert found.sure == pytest.approx(0.975, abs=2e-4)
    assert found.interval.half_width == pytest.approx(2.262 * spread / math.sqrt(10), rel=1e-3)
    assert estimate(Goal(0.82 + 2.262 * spread / math.sqrt(10), 20), *map(day, levels)).sure == pytest.approx(
        0.025, abs=2e-4
    )


def test_the_start_is_erlang_c_where_nobody_hangs_up() -> None:
    rate, agents = 1000 / 20 / 1800, 8
    start = erlang_start(load_profile("single"), GOAL)
    assert start == ((agents,), agents)
    assert ErlangC(rate, 180, agents).service_level(20) >= 0.8 > ErlangC(rate, 180, agents - 1).service_level(20)


def test_the_start_is_erlang_a_where_they_do() -> None:
    profile = queue(patience={"kind": "exponential", "mean": 90}, arrivals={"per_half_hour": [200] * 4}, hours=2)
    (agents,), pooled = erlang_start(profile, GOAL)
    assert agents == pooled
    levels = [ErlangA(200 / 1800, 180, number, 90).service_level(20) for number in (agents - 1, agents)]
    assert levels[1] >= 0.8 > levels[0]


def test_a_group_is_present_between_sign_in_and_sign_out_but_for_its_breaks() -> None:
    group = profile_of(FULL).agent_groups["team"]
    found = presence(group, 7.5 * 3600, 24)
    assert found[0] == 0
    assert 0 < found[1] < found[2] < found[3] == 0.75
    assert sum(found) * 1800 == pytest.approx(0.75 * (8 * 3600 - 2700) - 0.0, rel=0.01)


def test_declined_and_missed_offers_hold_an_agent_too() -> None:
    """Talk 200 s, notes 20 s; of 1 / .85 offers a contact each takes 2 s, or 12 s where it is missed."""
    profile = profile_of(FULL)
    team, calls = profile.agent_groups["team"], profile.contact_types["calls"]
    assert handling(calls, team, profile.policy) == pytest.approx(220 + (0.95 * 2 + 0.05 * 12) / 0.85)
    accepted = profile.policy.model_copy(update={"auto_accept": True, "wrap_up_time": 15.0})
    assert handling(calls, team, accepted) == 215


def test_groups_without_work_start_empty() -> None:
    profile = profile_of(
        FULL | {"contact_types": {"calls": {**FULL["contact_types"]["calls"], "skills": {"billing": 1}}}}
    )
    start = erlang_start(profile, GOAL)
    assert start.separate[1] == 0
    assert start.separate[0] > 0
    assert most_agents(profile)[1] == 0
    assert most_agents(profile)[0] > start.separate[0]


class Formula:
    """Days whose service level is a formula of the staffing, the same every day."""

    def __init__(self, worth: Sequence[float], need: float) -> None:
        self.worth, self.need = worth, need
        self.asked = 0

    def level(self, staffing: Staffing) -> float:
        served = sum(worth * (1 - 0.96**agents) for worth, agents in zip(self.worth, staffing, strict=True))
        return min(1.0, 0.8 * served / self.need)

    async def get(self, staffings: Iterable[Staffing], seeds: Sequence[int]) -> dict[Staffing, list[Outcome]]:
        self.asked += 1
        return {
            staffing: [Outcome({"t": Tally(round(1e6 * self.level(staffing)), 0, 1_000_000, 1_000_000, 0)}, {})]
            * len(seeds)
            for staffing in staffings
        }  # fmt: skip


def search(days: Formula, most: Staffing) -> Search:
    return Search(days, GOAL, most, lambda _: None)  # type: ignore[arg-type] # a formula in the place of days


def smallest_total(days: Formula, most: Staffing) -> int:
    """By trying all."""
    every = itertools.product(*(range(agents + 1) for agents in most))
    return min(sum(staffing) for staffing in every if round(1e6 * days.level(staffing)) >= 800_000)


@pytest.mark.parametrize("seed", range(12))
async def test_the_search_finds_the_smallest_where_agents_help_ever_less(seed: int) -> None:
    rng = random.Random(seed)
    most = (25, 25, 25)
    days = Formula([rng.uniform(0.2, 1) for _ in most], rng.uniform(0.2, 0.9))
    for start in ((0, 0, 0), (5, 20, 1), most):
        found = await search(days, most).smallest(start, [1, 2])
        assert found.met
        assert sum(found.staffing) == smallest_total(days, most)


async def test_no_group_can_lose_an_agent_nor_two_agents_be_one() -> None:
    days, most = Formula([0.9, 0.5, 0.7], 0.8), (40, 40, 40)
    found = await search(days, most).smallest((30, 0, 0), [1])
    fewer = await search(days, most).fewer(found.staffing, [1])
    assert [option.met for option in fewer] == [False] * 3
    assert {sum(option.staffing) for option in fewer} == {sum(found.staffing) - 1}


async def test_one_agent_is_exchanged_for_one_who_is_worth_more() -> None:
    """From 4 + 0 nobody may leave, but one of the other group does the work of two."""

    class Pairs(Formula):
        def level(self, staffing: Staffing) -> float:
            return 0.2 * (staffing[0] + 2 * staffing[1])

    found = await search(Pairs([], 1), (9, 9)).smallest((4, 0), [1])
    assert found.staffing == (0, 2)


async def test_two_agents_are_replaced_by_one_though_no_exchange_is_better() -> None:
    """4 + 0 is better than 3 + 1, but from there one more may leave."""

    class Table(Formula):
        def level(self, staffing: Staffing) -> float:
            good: dict[Staffing, float] = {(4, 0): 0.95, (3, 1): 0.9, (2, 1): 0.85}
            return good.get(staffing, 0.1)

    found = await search(Table([], 1), (4, 1)).smallest((4, 0), [1])
    assert found.staffing == (2, 1)


class Lucky(Formula):
    """The first `good` days need 3 agents, all others 4."""

    def __init__(self, good: int) -> None:
        super().__init__([], 1)
        self.good = good

    async def get(self, staffings: Iterable[Staffing], seeds: Sequence[int]) -> dict[Staffing, list[Outcome]]:
        return {
            staffing: [Outcome({"t": Tally(*self.served(sum(staffing), seed), 100, 0)}, {"g": TIME}) for seed in seeds]
            for staffing in staffings
        }

    def served(self, agents: int, seed: int) -> tuple[int, int, int]:
        return (85 if agents >= (3 if seed <= self.good else 4) else 40), 0, 100


TIME = Time(1.0, 2.0)


@pytest.mark.parametrize(
    ("good", "agents", "seeds"), [(99, 3, range(7, 13)), (6, 4, range(13, 19)), (0, 4, range(7, 13))]
)
async def test_fresh_days_have_the_last_word(good: int, agents: int, seeds: range) -> None:
    """Two rough days, six of the search, six fresh; these join the search when they contradict it."""
    days: Any = Lucky(good)
    said: list[str] = []
    found = await make_plan(queue(), GOAL, days, say=said.append, first_seed=1, count=2)
    assert found.staffing == {"agents": agents}
    assert found.seeds == seeds
    assert len(found.chosen.days) == 6
    assert len(found.searched.days) == seeds[0] - 1
    assert (found.chosen.met, found.fewest) == (True, True)
    assert [option.staffing for option in found.fewer] == [(agents - 1,)]
    assert [sum(estimate.staffing) for estimate in found.curve] == [*range(max(0, agents - 4), agents + 5)]
    assert said
    chart = plan_chart(GOAL, found)
    assert chart.rule == (
        len([estimate for estimate in found.curve if sum(estimate.staffing) < agents]) + 0.5,
        "chosen",
    )
    assert [len(series.values) for series in chart.series] == [len(found.curve)] * 5
    assert chart.axis.names[-1] == f"{agents + 4} agents: {agents + 4} agents"
    assert chart.lines[0].values == [estimate.level for estimate in found.curve]


async def test_a_goal_out_of_reach_is_given_up_at_the_most_agents() -> None:
    days = Formula([0.1, 0.1], 0.9)
    found = await search(days, (6, 7)).smallest((1, 1), [1])
    assert (found.met, found.staffing) == (False, (6, 7))


def test_agents_in_proportion_never_leave_as_the_whole_grows() -> None:
    weights = (7, 3, 0, 2)
    assert apportioned(weights, 12) == weights
    rows = [apportioned(weights, total) for total in range(40)]
    for total, (row, larger) in enumerate(itertools.pairwise(rows)):
        assert sum(row) == total
        assert all(one <= other for one, other in zip(row, larger, strict=True))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--target", "80"), "--target: must be per cent and seconds such as 80/20 (given: '80')"),
        (("--abandon", "x"), "--abandon: must be per cent such as 5% (given: 'x')"),
        (("--resume", "LETTER"), "is no file of days"),
        (("--speed", "3"), "--speed is for the real clock"),
        (("--page", "x.html"), "--plan plays no single day"),
    ],
)
async def test_the_command_tells_what_makes_no_sense(tmp_path: Path, arguments: tuple[str, str], told: str) -> None:
    (tmp_path / "letter").write_text("Dear Sir,\n", encoding="utf-8")
    words = [word.replace("LETTER", str(tmp_path / "letter")) for word in ("simulate", "--plan", "three", *arguments)]
    ended = await asyncio.to_thread(CliRunner().invoke, cli.build(), words, env={"COLUMNS": "200", "TERM": "dumb"})
    assert ended.exit_code == 2
    assert told in ended.output
