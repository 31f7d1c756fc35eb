"""The reference by hand, rule by rule; then the laws that every day must obey."""

import math
import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from simulator.day import AgentPlan, Caller, Day, Habits, Policy, Strategy
from simulator.distributions import exponential, fixed, uniform
from simulator.fcfs import NEVER, Contact, serve
from simulator.history import History
from simulator.measures.queue import mean_length, span_of, waits
from simulator.profile import load_profile
from simulator.reference import play

POLICY = Policy(offer_timeout=20.0, wrap_up_time=10.0, retry_delay=5.0)
ANSWERS = Habits(0, 0, fixed(3), fixed(4))
DECLINES, MISSES = replace(ANSWERS, decline=1.0), replace(ANSWERS, miss=1.0)


def agent(name: str, level: int = 5, start: float = 0.0, end: float = 1000.0, **more: Any) -> AgentPlan:
    """An agent with the skill "sales", who answers after 3 s and takes notes for 4 s."""
    return AgentPlan(name, more.pop("skills", {"sales": level}), start, end, more.pop("habits", ANSWERS), **more)


def caller(name: str, arrival: float, service: float = 50.0, **more: Any) -> Caller:
    return Caller(name, arrival, more.pop("skills", {"sales": 1}), more.pop("patience", math.inf), service, **more)


def played(agents: list[AgentPlan], callers: list[Caller], **policy: Any) -> History:
    return play(Day("by hand", callers, agents, replace(POLICY, **policy), seed=1))


def offers(history: History) -> list[tuple[float, str, str]]:
    """Every offer: when, to whom, of what; transitions of one moment are microseconds apart."""
    return [(round(offer.time, 3), offer.agent, offer.contact) for offer in history.assignments()]


def outcomes(history: History, contact: str) -> list[tuple[str, str, float | None]]:
    """The offers of a contact: to whom, what came of each, and when."""
    return [(offer.agent, offer.outcome, rounded(offer.ended)) for offer in history.stays[contact].offers]


def times(history: History, contact: str) -> list[float | None]:
    """When it came, was answered, was released, ended."""
    stay = history.stays[contact]
    return [rounded(time) for time in (stay.enqueued, stay.accepted, stay.released, stay.ended)]


def rounded(time: float | None) -> float | None:
    return None if time is None else round(time, 3)


def spans(pairs: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(round(start, 3), round(end, 3)) for start, end in pairs]


def test_a_contact_from_its_coming_to_its_end() -> None:
    history = played([agent("ann", end=100)], [caller("one", 10)])
    assert times(history, "one") == [10, 13, 63, 67]
    assert history.stays["one"].end == "completed"
    assert outcomes(history, "one") == [("ann", "completed", 67)]
    assert spans(history.duties["ann"].available) == [(0, 100)]
    assert spans(history.duties["ann"].busy) == [(13, 67)]
    assert history.end == 100


def test_the_oldest_first_and_the_higher_priority_before_it() -> None:
    callers = [caller("busy", 1), caller("old", 2), caller("young", 3), caller("urgent", 4, priority=2)]
    history = played([agent("ann")], callers)
    assert [contact for _, _, contact in offers(history)] == ["busy", "urgent", "old", "young"]


def test_the_agent_who_has_been_available_longest() -> None:
    """By sign-in first; then whoever was done earlier."""
    agents = [agent("late", start=2), agent("early", start=1)]
    callers = [caller("one", 10, 100), caller("two", 11, 20), caller("three", 200), caller("four", 201)]
    history = played(agents, callers)
    assert offers(history) == [
        (10, "early", "one"),
        (11, "late", "two"),
        (200, "late", "three"),
        (201, "early", "four"),
    ]


def test_levels_and_skills() -> None:
    """The longest available is passed over where a level or a skill is missing; who can do more helps out."""
    agents = [
        agent("junior", 2, start=1),
        agent("other", start=2, skills={"support": 9}),
        agent("senior", start=3, skills={"sales": 3, "support": 1}),
    ]
    callers = [
        caller("hard", 10, skills={"sales": 3}),
        caller("both", 11, skills={"sales": 1, "support": 1}),
        caller("easy", 12),
        caller("beyond", 13, skills={"sales": 4}, patience=60),
        caller("help", 14, skills={"support": 1}),
        caller("anything", 100, skills={}),
    ]
    history = played(agents, callers)
    assert offers(history) == [
        (10, "senior", "hard"),
        (12, "junior", "easy"),
        (14, "other", "help"),
        (67, "senior", "both"),
        # Idle since 69; "other" only since 71.
        (100, "junior", "anything"),
    ]
    assert history.stays["beyond"].end == "abandoned"


@pytest.mark.parametrize("kinds", ["aaba", "aabb", "abab", "abba"])
def test_the_order_holds_across_requirements(kinds: str) -> None:
    """Ann can take either: rank alone decides, whichever kind came first that day."""
    skills = {"a": {"sales": 1}, "b": {"support": 1}}
    names = [("busy", 0), ("old", 0), ("young", 0), ("urgent", 1)]
    callers = [
        caller(name, second, skills=skills[kind], priority=priority)
        for second, ((name, priority), kind) in enumerate(zip(names, kinds, strict=True), start=1)
    ]
    history = played([agent("ann", skills={"sales": 5, "support": 5})], callers)
    assert [contact for _, _, contact in offers(history)] == ["busy", "urgent", "old", "young"]


def test_a_younger_contact_does_not_wait_for_an_older_one_that_nobody_can_take() -> None:
    agents = [agent("ann"), agent("bob", start=500, skills={"support": 1})]
    history = played(agents, [caller("stuck", 1, skills={"support": 1}), caller("one", 2)])
    assert offers(history) == [(2, "ann", "one"), (500, "bob", "stuck")]


def test_a_decline_sends_the_contact_to_the_next_and_bars_him_for_a_while() -> None:
    """Ann declines whatever comes; while bob talks, the contact is hers again whenever the bar is over."""
    agents = [agent("ann", habits=DECLINES), agent("bob", start=1, end=200)]
    history = played(agents, [caller("one", 10), caller("two", 20, patience=20)])
    assert outcomes(history, "one") == [("ann", "declined", 13), ("bob", "completed", 70)]
    assert times(history, "one") == [10, 16, 66, 70]
    # Barred until 28, then until 36; she asks for the rest of its patience.
    assert offers(history)[2:] == [(20, "ann", "two"), (28, "ann", "two"), (36, "ann", "two")]
    assert outcomes(history, "two")[1:] == [("ann", "declined", 31), ("ann", "declined", 39)]


def test_who_declined_may_take_another_contact_while_barred_from_one() -> None:
    history = played([agent("ann", habits=DECLINES)], [caller("one", 10, patience=4), caller("two", 12, patience=9)])
    assert offers(history) == [(10, "ann", "one"), (13, "ann", "two")]
    assert history.stays["two"].end == "abandoned"


def test_a_decline_begins_idle_time_anew_and_keeps_the_contact_s_place() -> None:
    agents = [agent("ann", habits=DECLINES, end=14), agent("bob", start=13.5, end=300)]
    history = played(agents, [caller("old", 10), caller("young", 11)])
    assert offers(history) == [(10, "ann", "old"), (13, "ann", "young"), (13.5, "bob", "old"), (70.5, "bob", "young")]
    assert outcomes(history, "young")[0] == ("ann", "revoked", 14)


def test_without_a_delay_nobody_is_barred() -> None:
    history = played([agent("ann", habits=DECLINES)], [caller("one", 10, patience=10)], retry_delay=0.0)
    assert outcomes(history, "one")[:3] == [("ann", "declined", 13), ("ann", "declined", 16), ("ann", "declined", 19)]


@pytest.mark.parametrize("habits", [MISSES, replace(ANSWERS, answer=fixed(21))])
def test_an_offer_without_an_answer_is_missed(habits: Habits) -> None:
    """Whether nobody answers or the answer comes too late."""
    agents = [agent("ann", habits=habits), agent("bob", start=1)]
    history = played(agents, [caller("one", 10)])
    assert outcomes(history, "one") == [("ann", "missed", 30), ("bob", "completed", 87)]
    assert times(history, "one") == [10, 33, 83, 87]


def test_an_answer_in_the_last_moment_is_too_late() -> None:
    history = played([agent("ann", habits=replace(ANSWERS, answer=fixed(20)))], [caller("one", 10, patience=22)])
    assert outcomes(history, "one") == [("ann", "missed", 30)]
    assert history.stays["one"].end == "abandoned"


def test_a_miss_bars_too() -> None:
    history = played([agent("ann", habits=MISSES)], [caller("one", 10, patience=55)])
    assert outcomes(history, "one") == [("ann", "missed", 30), ("ann", "missed", 55), ("ann", "revoked", 65)]


def test_auto_accept_is_service_at_once() -> None:
    history = played([agent("ann", habits=DECLINES)], [caller("one", 10), caller("two", 20)], auto_accept=True)
    assert times(history, "one") == [10, 10, 60, 64]
    assert times(history, "two") == [20, 64, 114, 118]


def test_wrap_up_is_cut_and_none_where_there_is_none() -> None:
    assert times(played([agent("ann")], [caller("one", 10)], wrap_up_time=2.5), "one") == [10, 13, 63, 65.5]
    assert times(played([agent("ann")], [caller("one", 10)], wrap_up_time=4.0), "one") == [10, 13, 63, 67]
    history = played([agent("ann")], [caller("one", 10), caller("two", 20)], wrap_up_time=0.0)
    assert times(history, "one") == [10, 13, 63, 63]
    assert times(history, "two") == [20, 66, 116, 116]


def test_who_hangs_up_takes_the_offer_along_and_leaves_idle_time_as_it_was() -> None:
    """Ann stays the one who has been available longest."""
    agents = [agent("ann"), agent("bob", start=1)]
    history = played(agents, [caller("short", 10, patience=2), caller("next", 20)])
    assert outcomes(history, "short") == [("ann", "revoked", 12)]
    assert times(history, "short") == [10, None, None, 12]
    assert outcomes(history, "next")[0][0] == "ann"


def test_patience_counts_until_the_answer_only() -> None:
    history = played([agent("ann")], [caller("one", 10, patience=3.001), caller("two", 11, patience=56)])
    assert [stay.end for stay in history.stays.values()] == ["completed", "abandoned"]
    assert times(history, "two")[3] == 67  # In the moment in which ann was free.


def test_who_hangs_up_calls_again() -> None:
    last = caller("one-again-2", 5, 10)
    again = caller("one-again-1", 30, patience=7, again=last)
    history = played([agent("ann", start=200)], [caller("one", 10, patience=20, again=again)])
    assert {name: (stay.enqueued, stay.end) for name, stay in history.stays.items()} == {
        "one": (10, "abandoned"),
        "one-again-1": (60, "abandoned"),
        "one-again-2": (72, "completed"),
    }
    assert [stay.caller.arrival for stay in history.stays.values()] == [10, 60, 72]


def test_a_break_keeps_the_contact_in_hand_and_takes_nothing_new() -> None:
    """Sent to a break at 20 he finishes what he has; who comes back is the last in line."""
    agents = [agent("ann", breaks=((20, 100),), end=300), agent("bob", start=65)]
    callers = [caller("one", 10), caller("two", 66, 10), caller("three", 110), caller("four", 111)]
    history = played(agents, callers)
    assert times(history, "one") == [10, 13, 63, 67]
    assert offers(history)[1:] == [(66, "bob", "two"), (110, "bob", "three"), (111, "ann", "four")]
    assert spans(history.duties["ann"].available) == [(0, 20), (100, 300)]


def test_who_leaves_gives_an_open_offer_back() -> None:
    """It goes to the next at once, and is no miss: nobody is barred."""
    agents = [agent("ann", end=12), agent("bob", start=1, breaks=((13, 14),))]
    history = played(agents, [caller("one", 10)])
    assert outcomes(history, "one") == [("ann", "revoked", 12), ("bob", "revoked", 13), ("bob", "completed", 71)]


def test_who_goes_home_finishes_what_he_has() -> None:
    history = played([agent("ann", end=20)], [caller("one", 10), caller("two", 11)])
    assert times(history, "one") == [10, 13, 63, 67]
    assert spans(history.duties["ann"].available) == [(0, 20)]
    assert spans(history.duties["ann"].busy) == [(13, 67)]
    # Nobody is left: the longest wait there is.
    assert history.stays["two"].end == "expired"
    assert times(history, "two")[3] == 11 + 86400


def test_the_longest_service_there_is() -> None:
    history = played([agent("ann", end=50)], [caller("one", 10, 50_000)])
    assert times(history, "one") == [10, 13, 13 + 43_200, 13 + 43_200]
    assert history.stays["one"].end == "completed"


def test_a_wait_that_is_over_waits_for_the_offer_to_end() -> None:
    agents = [agent("ann", habits=MISSES, start=86_400, end=90_000)]
    history = played(agents, [caller("one", 10)])
    assert outcomes(history, "one") == [("ann", "missed", 86_420)]
    assert times(history, "one") == [10, None, None, 86_420]


def test_transitions_of_one_moment_have_times_of_their_own() -> None:
    """Three come at once, in the order in which they were planned; the offers follow each."""
    agents = [agent(name, start=0) for name in ("a", "b", "c")]
    history = played(agents, [caller(name, 10) for name in ("x", "y", "z")])
    stamps = [10 + micro / 1e6 for micro in range(6)]
    assert [stay.enqueued for stay in history.stays.values()] == stamps[::2]
    found = [(offer.time, offer.agent) for offer in history.assignments()]
    assert found == list(zip(stamps[1::2], ("a", "b", "c"), strict=True))


def test_strategies() -> None:
    """One came back from a break, one is good at much, and was called first, one is new to all."""
    agents = [
        agent("back", skills={"sales": 5, "loans": 1}, breaks=((20, 30),)),
        agent("good", skills={"sales": 9, "loans": 9, "cards": 9}),
        agent("new", start=25, skills={"sales": 1}),
    ]
    callers = [caller("first", 1, skills={"cards": 1}, patience=1.0), caller("one", 40, service=1.0)]

    def chosen(strategy: Strategy) -> str:
        return offers(played(agents, callers, strategy=strategy))[-1][1]

    ways: tuple[Strategy, ...] = ("longest-available", "least-loaded", "best-fit", "least-skilled", "round-robin")
    assert [chosen(strategy) for strategy in ways] == ["good", "good", "good", "new", "new"]


@pytest.mark.parametrize(("place", "chosen"), [(200, "best"), (201, "a1")])
def test_a_strategy_compares_the_200_longest_available(place: int, chosen: str) -> None:
    agents = [agent(f"a{number}", start=number) for number in range(1, place)]
    agents.append(agent("best", level=9, start=place))
    assert offers(played(agents, [caller("one", 400)], strategy="best-fit"))[0][1] == chosen


# Laws.


def random_day(seed: int, **policy: Any) -> Day:
    """One queue with equal agents who are there all day and answer at once."""
    rng = random.Random(seed)
    agents = [agent(f"a{number}", start=0, end=30_000) for number in range(rng.randint(1, 6))]
    patience = rng.choice((math.inf, 40.0))
    callers, now = list[Caller](), 0.0
    while len(callers) < 250:
        now += rng.expovariate(len(agents) / 45)
        ready = rng.expovariate(1 / patience) if patience < math.inf else math.inf
        callers.append(caller(str(len(callers)), now, rng.expovariate(1 / 40), patience=ready))
    return Day("queue", callers, agents, replace(POLICY, wrap_up_time=0.0, auto_accept=True, **policy), seed)


@pytest.mark.parametrize("seed", range(20))
def test_one_queue_is_served_first_come_first_served(seed: int) -> None:
    """Against the ten lines of `fcfs.py`, contact by contact, to the millisecond."""
    day = random_day(seed)
    expected = serve([Contact(c.arrival, c.service, c.patience) for c in day.callers], len(day.agents))
    found = [stay.accepted or NEVER for stay in play(day).stays.values()]
    assert found == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("seed", range(20))
def test_answers_and_notes_are_part_of_the_work(seed: int) -> None:
    """Endless patience: service is then answering, talking and notes, and a contact is offered where FCFS serves it."""
    day = random_day(seed)
    callers = [replace(one, patience=math.inf) for one in day.callers]
    day = replace(day, callers=callers, policy=POLICY)
    expected = serve([Contact(c.arrival, 3 + c.service + 4) for c in callers], len(day.agents))
    assert [stay.offers[0].time for stay in play(day).stays.values()] == pytest.approx(expected, abs=0.002)


@pytest.fixture(scope="module", params=[1, 2, 3])
def busy(request: pytest.FixtureRequest) -> History:
    """A day with all that there is: three groups, declines, misses, breaks, retrials, two priorities."""
    return play(load_profile("three").day(request.param))


def test_nobody_is_lost_or_served_twice(busy: History) -> None:
    came = {one.id for one in busy.day.callers} | {name for name in busy.stays if "-again-" in name}
    assert set(busy.stays) == came
    assert any("-again-" in name for name in busy.stays)
    for stay in busy.stays.values():
        served = [offer for offer in stay.offers if offer.outcome == "completed"]
        assert stay.end in {"completed", "abandoned"}
        assert len(served) == (stay.end == "completed") == (stay.accepted is not None)
        assert [offer.number for offer in stay.offers] == list(range(1, len(stay.offers) + 1))
        ends = [offer.ended or math.inf for offer in stay.offers]
        assert all(offer.time > end for offer, end in zip(stay.offers[1:], ends, strict=False))
        assert stay.end == "completed" or stay.wait == pytest.approx(stay.caller.patience, abs=0.002)


def test_nobody_does_two_things_at_once(busy: History) -> None:
    """Nor what he cannot, nor while he is away; all that there is happens in such a day."""
    held: dict[str, list[tuple[float, float]]] = {}
    for stay in busy.stays.values():
        for offer in stay.offers:
            duty = busy.duties[offer.agent]
            assert all(duty.plan.skills.get(skill, 0) >= level for skill, level in stay.caller.skills.items())
            assert any(start < offer.time < end for start, end in duty.available)
            held.setdefault(offer.agent, []).append((offer.time, offer.ended or math.inf))
    for busy_times in held.values():
        busy_times.sort()
        assert all(after > end for (_, end), (after, _) in pairwise(busy_times))
    seen = {offer.outcome for stay in busy.stays.values() for offer in stay.offers}
    assert seen == {"completed", "declined", "missed", "revoked"}


def test_littles_law(busy: History) -> None:
    """The mean number of waiting contacts is their rate by their mean wait: counted the other way, in steps of 2 s."""
    within = span_of(busy)
    spans_of_wait = waits(busy.stays.values(), busy.end)
    steps = int((within[1] - within[0]) / 2)
    moments = [within[0] + 2 * (step + 0.5) for step in range(steps)]
    seen = sum(start <= moment < end for moment in moments for start, end in spans_of_wait) / steps
    assert seen > 0.1
    assert mean_length(spans_of_wait, within) == pytest.approx(seen, rel=0.03)


def test_the_seed_decides_everything(busy: History) -> None:
    again = play(load_profile("three").day(busy.day.seed))
    assert (again.stays, again.duties, again.end) == (busy.stays, busy.duties, busy.end)
    other = play(load_profile("three").day(busy.day.seed + 100))
    assert other.assignments() != busy.assignments()


def test_what_an_agent_makes_of_an_offer_is_drawn_for_him_alone() -> None:
    """One agent more changes nothing for the first contact, which is not his."""
    habits = Habits(0.3, 0.2, uniform(1, 9), exponential(6))
    agents = [agent(name, start=start, habits=habits) for start, name in enumerate("abc")]
    callers = [caller(str(number), 10 + 100 * number) for number in range(3)]
    more = played([*agents, agent("d", start=4, habits=habits)], callers)
    assert outcomes(more, "0") == outcomes(played(agents, callers), "0")
