"""The oracle passes a right history and names what is wrong in a wrong one."""

import pytest

from simulator.oracle import BAR_WINDOW, OrderOracle
from simulator.verdict import Pairing, Verdict
from tests.oracle.history import SECOND, START, History, stamp


def judge(history: History) -> Verdict:
    oracle = OrderOracle(first_sequence=1)
    for event in history.events:
        oracle.take(event)
    return oracle.verdict


def only(kind: str, count: int = 1) -> dict[str, int]:
    return {kind: count}


@pytest.fixture
def history() -> History:
    """Two agents, `first` idle longer than `second`, both with sales; `first` also has loans."""
    history = History()
    history.agent("first", sales=5, loans=5)
    history.wait(1)
    history.agent("second", sales=5)
    history.wait(1)
    return history


def test_a_right_history_has_nothing_to_report(history: History) -> None:
    history.enqueue("a", sales=1)
    history.enqueue("b", sales=1)
    history.enqueue("c", priority=5, sales=1)
    history.offer("c", "first")
    history.offer("a", "second")
    history.accept("c")
    history.decline("a")
    history.enqueue("d", sales=5)
    history.wait(1)
    history.offer("b", "second")  # a is older, but second is barred from it
    history.wrap_up("c")
    history.complete("c")
    history.offer("a", "first")
    history.miss("a")
    history.abandon("a")
    history.offer("d", "first")
    history.abandon("d")
    history.accept("b")
    history.complete("b")
    history.sign_out("second")
    history.sign_in("second")
    history.enqueue("e")
    history.serve("e", "first")  # a revoked offer leaves idle time, and second came back later
    verdict = judge(history)
    assert verdict.violations == {}
    assert (verdict.events, verdict.offers, verdict.ambiguous) == (len(history.events), 6, 0)


def test_last_in_first_out_is_reported(history: History) -> None:
    history.enqueue("old", sales=1)
    history.enqueue("new", sales=1)
    history.offer("new", "first")
    assert judge(history).violations == only("fifo")


def test_lower_priority_first_is_reported(history: History) -> None:
    history.enqueue("low", sales=1)
    history.enqueue("high", priority=1, sales=1)
    history.offer("low", "first")
    assert judge(history).violations == only("fifo")


def test_an_older_contact_of_another_requirement_is_seen(history: History) -> None:
    history.enqueue("old", loans=1)
    history.enqueue("new", sales=1)
    history.offer("new", "first")
    assert judge(history).violations == only("fifo")


def test_an_older_contact_that_the_agent_cannot_take_may_be_passed_over(history: History) -> None:
    history.enqueue("old", loans=6)
    history.enqueue("new", sales=1)
    history.offer("new", "first")
    assert judge(history).violations == {}


def test_the_newest_agent_first_is_reported(history: History) -> None:
    history.enqueue("a", sales=1)
    history.offer("a", "second")
    assert judge(history).violations == only("longest_available")


def test_idle_time_begins_anew_after_service(history: History) -> None:
    history.enqueue("a", sales=1)
    history.serve("a", "first")
    history.enqueue("b", sales=1)
    history.offer("b", "first")
    assert judge(history).violations == only("longest_available")


def test_a_longer_available_agent_without_the_skill_may_be_passed_over(history: History) -> None:
    history.agent("third", loans=9)
    history.enqueue("a", loans=6)
    history.offer("a", "third")
    assert judge(history).violations == {}


def test_an_unskilled_agent_is_reported(history: History) -> None:
    history.enqueue("a", loans=1)
    history.offer("a", "second")
    assert judge(history).violations == only("unskilled") | only("longest_available")


def test_too_low_a_level_is_reported(history: History) -> None:
    history.enqueue("a", sales=6)
    history.offer("a", "first")
    assert judge(history).violations == only("unskilled")


def test_a_barred_agent_is_reported_until_the_very_end_of_the_bar(history: History) -> None:
    history.enqueue("a", loans=1)
    history.offer("a", "first")
    history.decline("a")
    history.wait(5 - 2e-6)
    history.offer("a", "first")
    assert judge(history).violations == only("barred")


@pytest.mark.parametrize("way", ["decline", "miss"])
def test_an_agent_may_have_the_contact_again_after_the_bar(history: History, way: str) -> None:
    history.enqueue("a", loans=1)
    history.offer("a", "first")
    getattr(history, way)("a")
    history.wait(5)
    history.offer("a", "first")
    assert judge(history).violations == {}


@pytest.mark.parametrize(
    ("after_the_bar", "violations", "ambiguous"),
    [
        (-0.1, {}, 0),
        (BAR_WINDOW / SECOND / 2, {}, 1),
        (BAR_WINDOW / SECOND + 0.1, {"fifo": 1}, 0),
    ],
)
def test_only_the_moment_after_a_bar_is_excused(
    history: History, after_the_bar: float, violations: dict[str, int], ambiguous: int
) -> None:
    history.enqueue("old", loans=1)
    history.offer("old", "first")
    history.decline("old")
    history.enqueue("new", sales=1, loans=1)
    history.wait(5 + after_the_bar)
    history.offer("new", "first")
    verdict = judge(history)
    assert (verdict.violations, verdict.ambiguous) == (violations, ambiguous)


def test_the_moment_after_a_bar_excuses_the_longest_available_too(history: History) -> None:
    history.enqueue("a", sales=1)
    history.offer("a", "first")
    history.decline("a")
    history.sign_out("second")
    history.sign_in("second")
    history.wait(5.1)
    history.offer("a", "second")  # wrong but for the moment: first is idle longer, since the decline
    verdict = judge(history)
    assert verdict.ambiguous == 1
    assert verdict.violations == {}


def test_two_contacts_for_one_agent_are_reported(history: History) -> None:
    history.enqueue("a", loans=1)
    history.enqueue("b", loans=1)
    history.offer("a", "first")
    history.offer("b", "first")
    assert judge(history).violations == only("agent_twice")


def test_one_contact_for_two_agents_is_reported(history: History) -> None:
    history.enqueue("a", sales=1)
    history.offer("a", "first")
    history.offer("a", "second")
    verdict = judge(history)
    assert verdict.violations == only("contact_twice")
    assert verdict.doubles == 1


def test_an_offer_of_an_ended_contact_is_reported(history: History) -> None:
    history.enqueue("a", sales=1)
    history.abandon("a")
    history.offer("a", "first")
    assert judge(history).violations == only("transition")


def test_an_agent_who_signed_out_is_reported(history: History) -> None:
    history.sign_out("first")
    history.enqueue("a", loans=1)
    history.offer("a", "first")
    assert judge(history).violations == only("unavailable")


def test_a_missing_event_is_reported(history: History) -> None:
    del history.events[1]
    history.events[1:] = []
    history.agent("third")
    assert judge(history).violations == only("gap")


def test_a_feed_that_begins_too_late_is_reported(history: History) -> None:
    oracle = OrderOracle(first_sequence=0)
    oracle.take(history.events[0])
    assert oracle.verdict.violations == only("gap")


def test_a_repeated_event_is_reported(history: History) -> None:
    history.events.append(history.events[-1])
    verdict = judge(history)
    assert verdict.violations == only("duplicate")
    assert verdict.feed_faults == 1


def test_time_that_runs_back_is_reported(history: History) -> None:
    history.enqueue("a")
    history.events[-1].event_time.CopyFrom(stamp(START))
    assert judge(history).violations["time_back"] == 1


def test_unknown_agents_and_contacts_are_reported(history: History) -> None:
    history.enqueue("a", sales=1)
    history.events.pop()
    history.sequence -= 1
    history.offer("a", "first")
    history.enqueue("b", sales=1)
    history.agents["ghost"] = history.agents.pop("second")
    history.agents["ghost"].name = "centers/c/agents/ghost"
    history.offer("b", "ghost")
    verdict = judge(history)
    assert verdict.violations == only("unknown", 2)
    assert verdict.state_faults == 2


def test_a_wrong_idle_time_in_a_document_is_reported(history: History) -> None:
    history.enqueue("a", sales=1)
    history.serve("a", "first")
    history.events[-1].agent.idle_time.CopyFrom(stamp(START))
    assert judge(history).violations == only("idle_time")


def test_an_idle_time_that_a_revoked_offer_reset_is_reported(history: History) -> None:
    history.enqueue("a", sales=1)
    history.offer("a", "first")
    history.agents["first"].idle_time.CopyFrom(stamp(history.now + 1))
    history.revoke("a")
    assert judge(history).violations == only("idle_time")


def test_a_step_that_skips_a_state_is_reported(history: History) -> None:
    history.enqueue("a", sales=1)
    history.offer("a", "first")
    history.complete("a")
    assert judge(history).violations == only("transition")


def test_an_offer_tells_how_long_the_pair_was_possible(history: History) -> None:
    oracle = OrderOracle()
    history.enqueue("a", sales=1)
    history.wait(0.5)
    history.offer("a", "first")
    found = [oracle.take(event) for event in history.events]
    assert found[-1] == Pairing("centers/c/contacts/a", 500_001, at_once=True)
    assert found[:-1] == [None] * (len(found) - 1)


def test_tens_of_thousands_of_events_are_judged_in_seconds() -> None:
    """200 agents, 2,000 waiting contacts of 20 requirements."""
    history = History()
    for number in range(200):
        history.agent(f"agent-{number}", **{f"skill-{number % 20}": 5, "common": 5})  # type: ignore[arg-type]  # the names are skills
    for number in range(2_000):
        history.enqueue(f"contact-{number}", **{f"skill-{number % 20}": 1})
    oracle = OrderOracle(first_sequence=1)
    for event in history.events:
        oracle.take(event)
    judged = len(history.events)
    for number in range(8_000):
        history.events.clear()
        history.enqueue(f"contact-{number + 2_000}", **{f"skill-{number % 20}": 1})
        history.serve(f"contact-{number}", f"agent-{number % 200}")
        for event in history.events:
            oracle.take(event)
        judged += len(history.events)
    assert oracle.verdict.violations == {}
    assert judged > 34_000


@pytest.fixture
def staffed(history: History) -> History:
    """A third agent, idle for the shortest time."""
    history.agent("third", sales=5)
    history.wait(1)
    return history


def test_who_is_held_out_for_gets_it_and_nobody_is_passed_over(staffed: History) -> None:
    staffed.prefer("a", "third", sales=1)
    staffed.enqueue("b", sales=1)
    staffed.offer("b", "first")  # a is older, and does not want the first
    staffed.offer("a", "third")  # the second is idle longer, and is not wanted
    assert judge(staffed).violations == {}


def test_who_is_held_out_for_gets_the_oldest_first(staffed: History) -> None:
    staffed.prefer("a", "third", sales=1)
    staffed.prefer("b", "third", "second", sales=1)
    staffed.offer("b", "third")
    assert judge(staffed).violations == only("fifo") | only("longest_available")


def test_an_offer_to_another_agent_is_reported(staffed: History) -> None:
    staffed.prefer("a", "third", sales=1)
    staffed.offer("a", "first")
    assert judge(staffed).violations == only("not_preferred")


def test_an_agent_who_pulls_need_not_be_preferred(staffed: History) -> None:
    staffed.prefer("a", "third", sales=1)
    staffed.pull("a", "first")
    assert judge(staffed).violations == {}


def test_when_it_is_over_it_stands_in_line_for_anybody(staffed: History) -> None:
    staffed.prefer("a", "third", sales=1)
    staffed.enqueue("b", sales=1)
    staffed.give_up("a")
    staffed.offer("b", "first")
    assert judge(staffed).violations == only("fifo")


def test_who_declined_is_not_held_out_for(staffed: History) -> None:
    staffed.prefer("a", "first", "third", sales=1)
    staffed.offer("a", "first")
    staffed.decline("a")
    staffed.wait(60)
    staffed.enqueue("b", sales=1)
    staffed.offer("b", "second")  # neither a's first, who declined, nor its third
    staffed.offer("a", "third")  # the first is idle for a shorter time
    staffed.revoke("a")
    staffed.enqueue("c", sales=1)
    staffed.offer("c", "third")
    assert judge(staffed).violations == only("fifo")
