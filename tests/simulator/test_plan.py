"""Planning a staffing: the goal, what a day says of it, where the search begins and where it ends."""

import itertools
import math
import random
from collections.abc import Iterable, Sequence

import pytest

from simulator.erlang import ErlangA, ErlangC
from simulator.plan.goal import Estimate, Goal, Staffing, TargetError
from simulator.plan.outcome import Form, Outcome, Tally, Time, outcome_of
from simulator.plan.planner import apportioned
from simulator.plan.search import Search
from simulator.plan.start import erlang_start, most_agents, presence
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


async def test_two_agents_are_exchanged_for_one_who_is_worth_more() -> None:
    """From 4 + 0 nobody may leave, but one of the other group does the work of two."""

    class Pairs(Formula):
        def level(self, staffing: Staffing) -> float:
            return 0.2 * (staffing[0] + 2 * staffing[1])

    found = await search(Pairs([], 1), (9, 9)).smallest((4, 0), [1])
    assert found.staffing == (0, 2)


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
