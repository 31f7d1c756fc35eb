"""Days drawn from a profile: as described, always the same, and unchanged by what does not concern them.

The seeds are fixed, so that no test fails by chance. The bounds are wide enough (4 standard errors and more)
that other seeds would pass as well, and narrow enough that a wrong formula does not.
"""

import hashlib
import math
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from simulator.day import Caller, Day, OfferDraws
from simulator.profile import Profile, load_profile
from simulator.profile_draw import halves
from simulator.profile_parts import HALF_HOUR
from tests.simulator.profiles import FULL, changed, profile_of, queue

ERRORS = 4.0
"""Standard errors by which a drawn figure may be off."""


def near_share(successes: int, trials: int, share: float) -> bool:
    return abs(successes - trials * share) <= ERRORS * math.sqrt(trials * share * (1 - share))


def callers(profile: Profile, seeds: Iterable[int], kind: str = "calls") -> list[Caller]:
    return [caller for seed in seeds for caller in profile.day(seed).callers if caller.type == kind]


def test_arrivals_follow_the_curve() -> None:
    days = 200
    profile = profile_of(changed("contact_types.calls.arrivals", {"total": 240, "curve": [1, 3, 2]}))
    arrivals = [caller.arrival - profile.opens for caller in callers(profile, range(days))]
    counts = Counter(int(arrival // HALF_HOUR) for arrival in arrivals)
    assert sorted(counts) == [0, 1, 2]
    for half_hour, expected in enumerate([40, 120, 80]):
        assert abs(counts[half_hour] - days * expected) <= ERRORS * math.sqrt(days * expected), half_hour
    places = [arrival % HALF_HOUR / HALF_HOUR for arrival in arrivals]
    assert statistics.fmean(places) == pytest.approx(0.5, abs=ERRORS / math.sqrt(12 * len(places)))


def test_arrivals_are_in_order_and_empty_half_hours_stay_empty() -> None:
    profile = profile_of(FULL)
    for seed in range(20):
        day = profile.day(seed)
        assert all(one.arrival <= other.arrival for one, other in pairwise(day.callers))
        mails = [caller.arrival for caller in day.callers if caller.type == "mails"]
        assert not any(profile.opens + HALF_HOUR <= arrival < profile.opens + 2 * HALF_HOUR for arrival in mails)
        assert max(mails) < profile.opens + 3 * HALF_HOUR


@pytest.mark.parametrize("cv", [0.0, 0.3])
def test_days_vary_as_poisson_says_or_more_by_the_day_factor(cv: float) -> None:
    """Variance of a day's count: its mean m, and m² cv² more (law of total variance)."""
    days, mean = 1000, 120.0
    profile = queue(hours=3, arrivals={"per_half_hour": [20] * 6, "day_factor_cv": cv})
    counts = [len(profile.day(seed).callers) for seed in range(days)]
    variance = mean + mean**2 * cv**2
    assert statistics.fmean(counts) == pytest.approx(mean, abs=ERRORS * math.sqrt(variance / days))
    assert statistics.variance(counts) == pytest.approx(variance, rel=ERRORS * math.sqrt(2.5 / days))


@pytest.mark.parametrize(
    ("times", "mean", "cv"),
    [
        ({"kind": "fixed", "seconds": 40}, 40, 0),
        ({"kind": "exponential", "mean": 200}, 200, 1),
        ({"kind": "lognormal", "mean": 200, "cv": 0.8}, 200, 0.8),
        ({"kind": "gamma", "mean": 100, "cv": 0.5}, 100, 0.5),
        ({"kind": "uniform", "low": 60, "high": 180}, 120, 60 / math.sqrt(12) * 2 / 120),
    ],
)
@pytest.mark.parametrize("figure", ["talk", "patience"])
def test_times_have_their_mean_and_variation(figure: str, times: dict[str, Any], mean: float, cv: float) -> None:
    drawn = callers(queue(talk=times) if figure == "talk" else queue(patience=times), range(25))
    values = [caller.service if figure == "talk" else caller.patience for caller in drawn]
    assert len(values) > 7000
    assert statistics.fmean(values) == pytest.approx(mean, abs=max(1e-9, ERRORS * mean * cv / math.sqrt(len(values))))
    assert statistics.pstdev(values) / mean == pytest.approx(cv, rel=0.06, abs=1e-9)


def test_nobody_hangs_up_without_patience() -> None:
    assert {caller.patience for caller in callers(queue(), [1])} == {math.inf}


def test_priorities_have_their_shares() -> None:
    drawn = callers(profile_of(FULL), range(20))
    counts = Counter(caller.priority for caller in drawn)
    assert set(counts) == {0, 4}
    assert near_share(counts[4], len(drawn), 0.25)
    assert {caller.priority for caller in callers(profile_of(FULL), [1], "mails")} == {2}


def test_requirements_are_those_of_the_type() -> None:
    day = profile_of(FULL).day(1)
    found = {(caller.type, caller.channel, tuple(caller.skills.items())) for caller in day.callers}
    assert found == {("calls", 2, (("english", 2), ("billing", 1))), ("mails", 3, ())}


def test_some_of_those_who_hung_up_call_again() -> None:
    drawn = callers(profile_of(FULL), range(40))
    chains = [list(chain(caller)) for caller in drawn]
    lengths = Counter(map(len, chains))
    assert set(lengths) == {0, 1, 2, 3}
    for attempt in (1, 2, 3):
        came = sum(count for length, count in lengths.items() if length >= attempt - 1)
        again = sum(count for length, count in lengths.items() if length >= attempt)
        assert near_share(again, came, 0.4), attempt
    calls = [(caller, again) for caller, those in zip(drawn, chains, strict=True) for again in those]
    assert all((again.service, again.priority, again.skills) == (first.service, first.priority, first.skills)
               for first, again in calls)  # fmt: skip
    assert all(60 <= again.arrival <= 180 for _, again in calls)
    patience = [again.patience for _, again in calls]
    assert statistics.fmean(patience) == pytest.approx(90, abs=ERRORS * 90 / math.sqrt(len(patience)))
    caller, those = next((caller, those) for caller, those in zip(drawn, chains, strict=True) if len(those) > 1)
    assert [again.id for again in those[:2]] == [f"{caller.id}-again-1", f"{caller.id}-again-2"]


def chain(caller: Caller) -> Iterable[Caller]:
    while caller.again is not None:
        yield caller.again
        caller = caller.again


def test_agents_have_levels_from_their_range() -> None:
    profile = profile_of(FULL).with_staffing({"team": 3000})
    team = [plan for plan in profile.day(1).agents if plan.group == "team"]
    counts = Counter(plan.skills["english"] for plan in team)
    assert sorted(counts) == [3, 4, 5, 6, 7, 8]
    assert all(near_share(count, 3000, 1 / 6) for count in counts.values())
    assert {plan.skills["billing"] for plan in team} == {5}


def test_agents_work_in_their_shifts_and_rest_in_their_breaks() -> None:
    team = [plan for plan in profile_of(FULL).with_staffing({"team": 400}).day(1).agents if plan.group == "team"]
    early = [plan for plan in team if plan.start < 12 * 3600]
    late = [plan for plan in team if plan.start >= 12 * 3600]
    assert (len(early), len(late)) == (300, 100)
    assert {(plan.start, plan.end, plan.breaks) for plan in late} == {(20 * 3600.0, 26.5 * 3600, ())}
    assert {plan.end - plan.start for plan in early} == {8 * 3600.0}
    starts = sorted(plan.start - 8 * 3600 for plan in early)
    assert starts[0] == 0
    assert statistics.fmean(starts) == pytest.approx(1800, abs=60)
    assert starts[-1] <= 3600
    for plan in early:
        (one, one_over), (other, other_over) = ((a - plan.start, b - plan.start) for a, b in plan.breaks)
        assert 7200 <= one <= 10800
        assert one_over - one == pytest.approx(900)
        assert 14400 <= other <= 18000
        assert other_over - other == pytest.approx(1800)
    begins = [plan.breaks[0][0] - plan.start for plan in early]
    assert statistics.fmean(begins) == pytest.approx(9000, abs=ERRORS * 3600 / math.sqrt(12 * len(begins)))


def test_a_group_is_shared_out_over_its_shifts_in_proportion() -> None:
    for size in range(60):
        team = [plan for plan in profile_of(FULL).with_staffing({"team": size}).day(1).agents if plan.group == "team"]
        late = sum(plan.start > 12 * 3600 for plan in team)
        assert len(team) == size
        assert abs(late - size / 4) <= 0.75
        assert size % 4 or late == size / 4


def test_habits_and_policy_are_taken_over() -> None:
    day = profile_of(FULL).day(1)
    habits = day.agents[0].habits
    assert (habits.decline, habits.miss, habits.answer.expected, habits.wrap_up.expected) == (0.1, 0.05, 2, 20)
    policy = day.policy
    assert (policy.offer_timeout, policy.wrap_up_time, policy.retry_delay) == (12, 60, 8)
    assert (policy.service_level_threshold, policy.auto_accept, day.short_abandon) == (30, False, 4)
    assert queue().day(1).policy.auto_accept
    assert (policy.strategy, queue().day(1).policy.strategy) == ("best-fit", "longest-available")


def test_places_spread_evenly_however_many() -> None:
    for number in range(1, 200):
        gaps = sorted(halves(place) for place in range(number))
        assert max(after - before for before, after in pairwise([*gaps, 1.0])) <= 2 / number


def test_the_seed_decides_the_day() -> None:
    profile = profile_of(FULL)
    assert profile.day(3) == profile.day(3)
    assert profile.day(3).callers != profile.day(4).callers
    assert profile.day(3).agents != profile.day(4).agents


def test_another_process_draws_the_same_day() -> None:
    program = (
        "import hashlib; from simulator.profile import load_profile; "
        "print(hashlib.sha256(repr(load_profile('three').day(5)).encode()).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == hashlib.sha256(repr(load_profile("three").day(5)).encode()).hexdigest()


def moods(day: Day, agent: str) -> list[Any]:
    draws = OfferDraws(day.seed, day.agents)
    return [draws.next(agent) for _ in range(20)]


def test_the_size_of_one_group_changes_nobody_else() -> None:
    profile = load_profile("three")
    usual = profile.day(7)
    for size in (0, 3, 9):
        day = profile.with_staffing({"front": size}).day(7)
        assert day.callers == usual.callers
        others = [plan for plan in usual.agents if plan.group != "front"]
        assert [plan for plan in day.agents if plan.group != "front"] == others
        assert all(moods(day, plan.id) == moods(usual, plan.id) for plan in others)
        both = min(size, profile.staffing["front"])
        assert day.agents[:both] == usual.agents[:both]
        assert len(day.agents) == len(others) + size


def test_one_type_changes_no_other_and_talk_no_arrival() -> None:
    usual = profile_of(FULL).day(2)
    day = profile_of(changed("contact_types.calls.talk", {"kind": "gamma", "mean": 10, "cv": 2})).day(2)
    assert [replace(caller, service=0, again=None) for caller in day.callers] == [
        replace(caller, service=0, again=None) for caller in usual.callers
    ]
    day = profile_of(changed("contact_types.calls.arrivals", {"per_half_hour": [500]})).day(2)
    mails = [caller for caller in usual.callers if caller.type == "mails"]
    assert [caller for caller in day.callers if caller.type == "mails"] == mails


def test_a_day_without_contacts_has_a_beginning_and_an_end() -> None:
    day = queue(hours=2, arrivals={"per_half_hour": [1e-9]}).day(1)
    assert (day.callers, day.start, day.end) == ([], 8 * 3600.0, 10 * 3600.0)
