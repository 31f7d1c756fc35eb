"""Contacts that hold out for the agents that they prefer: when they do, whom they get, what ends it."""

import json

import pytest

from acd.v1 import contact_pb2
from tests.store.seeds import MS, OFFER, RETRY, SECOND, Seed
from tests.store.steps import QUEUE, changes, document, refuses, watched

HOLD = 30 * SECOND
EMPTY = "class:VOICE||"


def prefer(*agents: str, **more: int | str) -> dict[str, int | str]:
    return {"preferred": ",".join(agents), **more}


async def contact(seed: Seed, name: str = "call") -> contact_pb2.Contact:
    return await seed.store.contacts.get_contact(seed.center, name)


async def ended(seed: Seed, name: str = "call") -> str:
    """Why it no longer holds out; "" while it does."""
    found = await contact(seed, name)
    assert found.HasField("preferred_until") != bool(found.preference_end)
    return (
        contact_pb2.PreferenceEnd.Name(found.preference_end).removeprefix("PREFERENCE_END_").replace("UNSPECIFIED", "")
    )


async def busy(seed: Seed, *agents: str) -> None:
    """Agents who are signed in and not free."""
    for agent in agents:
        await seed.agent(agent, presence="NOT_READY")


async def test_nobody_else_gets_it_and_younger_ones_go_before(seed: Seed) -> None:
    await seed.agent("ann")
    await busy(seed, "ben")
    keys = QUEUE | {"contact:call", "contacts", "contacts:QUEUED", f"{EMPTY}||ben", "waiting_classes:@ben"}
    async with changes(seed, keys, "CONTACT_ENQUEUED") as step:
        found = await seed.enqueue("call", plan=prefer("ben"))
    until = int(step.events[0]["time"]) + HOLD
    assert found.preferred_until.ToMicroseconds() == step.after["deadlines"]["preferred:call"] == until
    assert list(found.preferred_agents) == [f"centers/{seed.center}/agents/ben"]
    assert not found.preference_end
    assert await seed.match() == []
    await seed.enqueue("younger")
    assert await seed.match() == [("younger", 1, "ann")]
    await seed.state("ben", "AVAILABLE")
    assert await seed.match() == [("call", 1, "ben")]


async def test_however_many_hold_out_they_delay_nobody(seed: Seed) -> None:
    """A hundred classes before it: the younger one is matched by the first call, and so is the first of the others."""
    await seed.agent("ben", {"billing": 10, "sales": 10}, "NOT_READY")
    for number in range(100):
        await seed.enqueue(f"c{number}", {"billing": number // 10 + 1, "sales": number % 10 + 1}, plan=prefer("ben"))
    await seed.agent("ann")
    await seed.enqueue("younger")
    assert await seed.match_once(1) == ([("younger", 1, "ann")], False)
    await seed.state("ben", "AVAILABLE")
    assert (await seed.match_once(1))[0] == [("c0", 1, "ben")]


async def test_of_several_the_one_who_has_been_available_longest(seed: Seed) -> None:
    for agent in ("eve", "ann", "ben", "dan"):
        await seed.agent(agent)
    await seed.enqueue("call", plan=prefer("ben", "dan", "ann"))
    assert await seed.match() == [("call", 1, "ann")]


async def test_of_several_the_one_whom_the_strategy_chooses(seed: Seed) -> None:
    await seed.policy(strategy="BEST_FIT")
    for agent, level in (("best", 9), ("low", 2), ("good", 6)):
        await seed.agent(agent, {"billing": level})
    await seed.enqueue("call", {"billing": 1}, plan=prefer("low", "good"))
    assert await seed.match() == [("call", 1, "good")]


async def test_they_must_hold_the_skills(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 3})
    await seed.agent("ben", {"billing": 5}, "NOT_READY")
    await seed.enqueue("call", {"billing": 4}, plan=prefer("ann", "ben"))
    assert await seed.match() == []
    await seed.store.agents.add_agent_skill(seed.center, "ann", "billing", 4, request=None)
    assert await seed.match() == [("call", 1, "ann")]


async def test_the_order_among_contacts_stays(seed: Seed) -> None:
    await busy(seed, "ann")
    await seed.enqueue("oldest")
    await seed.enqueue("call", plan=prefer("ann"))
    await seed.enqueue("youngest", plan=prefer("ann"))
    await seed.state("ann", "AVAILABLE")
    assert await seed.match() == [("oldest", 1, "ann")]
    await seed.accept("oldest")
    await seed.complete("oldest")
    await seed.finish("oldest")
    assert await seed.match() == [("call", 1, "ann")]


async def test_when_the_time_is_over_it_is_for_anybody_in_its_place(seed: Seed) -> None:
    await busy(seed, "ann", "ben")
    await seed.enqueue("call", plan=prefer("ben"))
    await seed.enqueue("younger")
    await seed.advance(HOLD - SECOND)
    assert await seed.fire() == (0, False)
    await seed.advance(2 * SECOND)
    rank = (await contact(seed)).rank
    keys = {"contact:call", f"{EMPTY}||ben", EMPTY, "classes", "heads", "waiting_classes:@ben", "deadlines", "clock"}
    async with changes(seed, keys | {"events"}, "CONTACT_PREFERENCE_ENDED") as step:
        await seed.fire()
    assert document(step.after, "contact:call")["preference"] == "TIME_OVER"
    assert await ended(seed) == "TIME_OVER"
    assert (await contact(seed)).rank == rank
    await seed.state("ann", "AVAILABLE")
    assert await seed.match() == [("call", 1, "ann")]


async def test_how_long_it_says_itself_or_the_policy(seed: Seed) -> None:
    await busy(seed, "ann")
    own = await seed.enqueue("call", plan=prefer("ann", hold=5 * SECOND))
    assert own.preferred_until.ToMicroseconds() - own.enqueue_time.ToMicroseconds() == 5 * SECOND
    await seed.policy(preferred_wait=7 * SECOND)
    common = await seed.enqueue("other", plan=prefer("ann"))
    assert common.preferred_until.ToMicroseconds() - common.enqueue_time.ToMicroseconds() == 7 * SECOND


@pytest.mark.parametrize(
    ("presence", "reason"), [("OFFLINE", "NONE_SIGNED_IN"), ("NOT_READY", "NOT_SKILLED"), ("AVAILABLE", "NOT_SKILLED")]
)
async def test_it_is_skipped_at_once_when_there_is_none_to_wait_for(seed: Seed, presence: str, reason: str) -> None:
    await seed.agent("ann", {"billing": 1})
    await seed.agent("ben", {"billing": 1}, "OFFLINE")
    await seed.agent("low", {"sales": 1}, presence)
    keys = QUEUE | {"contact:call", "contacts", "contacts:QUEUED", "class:VOICE|billing=1|", "waiting_classes:billing"}
    async with changes(seed, keys | {"marked", "walks", "skill_contacts:billing"}, "CONTACT_ENQUEUED"):
        await seed.enqueue("call", {"billing": 1}, plan=prefer("ben", "low"))
    assert await ended(seed) == reason
    assert await seed.match() == [("call", 1, "ann")]


async def test_the_last_one_signs_out(seed: Seed) -> None:
    await busy(seed, "ann", "ben")
    await seed.enqueue("call", plan=prefer("ann", "ben"))
    await seed.state("ann", "OFFLINE")
    async with changes(seed, {"jobs", "deadlines"}):
        await seed.fire()
    assert await ended(seed) == ""
    async with watched(seed) as step:
        await seed.state("ben", "OFFLINE")
    assert step.types == ["AGENT_STATE_CHANGED"]
    keys = {"contact:call", f"{EMPTY}||ann,ben", EMPTY, "classes", "heads", "waiting_classes"}
    keys |= {"waiting_classes:@ann", "waiting_classes:@ben", "jobs", "deadlines", "clock", "events"}
    async with changes(seed, keys, "CONTACT_PREFERENCE_ENDED"):
        await seed.fire()
    assert await ended(seed) == "NONE_SIGNED_IN"


async def test_who_is_back_before_anybody_looked_is_waited_for(seed: Seed) -> None:
    await busy(seed, "ann")
    await seed.enqueue("call", plan=prefer("ann"))
    await seed.state("ann", "OFFLINE")
    await seed.state("ann", "NOT_READY")
    await seed.fire()
    assert await ended(seed) == ""


async def test_the_last_one_is_deleted(seed: Seed) -> None:
    await busy(seed, "ann")
    await seed.enqueue("call", plan=prefer("ann"))
    await seed.store.agents.delete_agent(seed.center, "ann", request=None)
    await seed.fire()
    assert await ended(seed) == "NONE_SIGNED_IN"
    assert list((await contact(seed)).preferred_agents) == [f"centers/{seed.center}/agents/ann"]


@pytest.mark.parametrize("way", ["remove", "level", "update"])
async def test_the_last_one_loses_a_skill(seed: Seed, way: str) -> None:
    await seed.agent("ann", {"billing": 5, "sales": 1}, "NOT_READY")
    await seed.enqueue("call", {"billing": 3}, plan=prefer("ann"))
    agents = seed.store.agents
    await agents.remove_agent_skill(seed.center, "ann", "sales", request=None)
    await seed.fire()
    assert await ended(seed) == ""
    if way == "remove":
        await agents.remove_agent_skill(seed.center, "ann", "billing", request=None)
    elif way == "level":
        await agents.add_agent_skill(seed.center, "ann", "billing", 2, request=None)
    else:
        await agents.update_agent(
            seed.center, "ann", display_name=None, skills={"english": 1}, capacity=None, costs=None, request=None
        )
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_PREFERENCE_ENDED"]
    assert await ended(seed) == "NOT_SKILLED"


async def test_a_skill_that_is_deleted_ends_nothing(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 5}, "NOT_READY")
    await seed.enqueue("call", {"billing": 3}, plan=prefer("ann"))
    await seed.store.skills.delete_skill(seed.center, "billing", force=True, request=None)
    async with watched(seed) as step:
        while (await seed.fire(1))[0]:
            pass
    assert "CONTACT_PREFERENCE_ENDED" not in step.types
    assert await ended(seed) == ""
    await seed.state("ann", "AVAILABLE")
    assert await seed.match() == [("call", 1, "ann")]


@pytest.mark.parametrize("delay", [0, RETRY])
async def test_who_declines_is_not_waited_for(seed: Seed, delay: int) -> None:
    await seed.policy(retry_delay=delay)
    await seed.agent("ann")
    await seed.agent("eve")
    await busy(seed, "ben")
    await seed.enqueue("call", plan=prefer("ann", "ben"))
    assert await seed.match() == [("call", 1, "ann")]
    await seed.decline()
    assert await seed.match() == []
    assert await ended(seed) == ""
    await seed.advance(RETRY + SECOND)
    await seed.fire()
    assert await seed.match() == [], "the end of the bar does not bring him back"
    await seed.state("ben", "AVAILABLE")
    assert await seed.match() == [("call", 2, "ben")]
    async with watched(seed) as step:
        await seed.decline(number=2)
    assert step.types == ["CONTACT_DECLINED"]
    assert await ended(seed) == "DECLINED"
    assert (await seed.match())[0] == ("call", 3, "eve")


async def test_who_misses_is_not_waited_for(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("call", plan=prefer("ann", hold=3600 * SECOND))
    assert await seed.match() == [("call", 1, "ann")]
    await seed.advance(OFFER + MS)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_MISSED"]
    assert await ended(seed) == "DECLINED"


async def test_a_revoked_offer_leaves_it_and_ends_it_when_its_agent_is_gone(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("call", plan=prefer("ann"))
    await seed.match()
    await seed.state("ann", "NOT_READY")
    assert await ended(seed) == ""
    await seed.state("ann", "AVAILABLE")
    assert await seed.match() == [("call", 2, "ann")]
    async with watched(seed) as step:
        await seed.state("ann", "OFFLINE")
    assert step.types == ["AGENT_STATE_CHANGED", "CONTACT_REVOKED"]
    assert await ended(seed) == "NONE_SIGNED_IN"


async def test_the_time_runs_while_an_offer_is_open(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.agent("eve")
    await seed.enqueue("call", plan=prefer("ann", hold=5 * SECOND))
    await seed.match()
    await seed.advance(6 * SECOND)
    async with watched(seed) as step:
        await seed.state("ann", "NOT_READY")
    assert step.types == ["AGENT_STATE_CHANGED", "CONTACT_REVOKED"]
    assert await ended(seed) == "TIME_OVER"
    assert await seed.match() == [("call", 2, "eve")]


async def test_a_requeue_keeps_it_and_a_transfer_ends_it(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.agent("ann")
    await seed.agent("eve")
    until = (await seed.enqueue("call", plan=prefer("ann"))).preferred_until
    await seed.match()
    await seed.accept()
    await seed.requeue()
    assert (await contact(seed)).preferred_until == until
    assert await seed.match() == [("call", 2, "ann")]
    await seed.accept(number=2)
    async with watched(seed) as step:
        await seed.transfer(number=2, skills={})
    assert step.types == ["CONTACT_TRANSFERRED"]
    assert await ended(seed) == "REPLACED"
    assert await seed.match() == [("call", 3, "eve")]
    await seed.accept(number=3)
    await seed.transfer(number=3, agent="ann")
    assert await seed.match() == [("call", 4, "ann")]


async def test_a_rule_that_replaces_the_requirement_ends_it(seed: Seed) -> None:
    await seed.agent("eve", {"sales": 1})
    await seed.agent("ann", {"billing": 1}, "NOT_READY")
    rule = {"id": "wide", "after": 5 * SECOND, "action": "REPLACE_SKILLS", "skills": [{"skill": "sales", "level": 1}]}
    await seed.enqueue("call", {"billing": 1}, plan=prefer("ann", overflow=json.dumps([rule])))
    await seed.advance(5 * SECOND + MS)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_OVERFLOWED"]
    assert "preferred:call" not in step.after["deadlines"]
    assert await ended(seed) == "REPLACED"
    assert await seed.match() == [("call", 1, "eve")]


async def test_relaxation_begins_when_it_is_over(seed: Seed) -> None:
    """The clock of the steps stands still while it holds out; then the first one runs for its whole time."""
    await seed.agent("ann", {"billing": 5}, "NOT_READY")
    await seed.agent("eve", {"billing": 1})
    steps = [(10 * SECOND, {"billing": 1})]
    await seed.enqueue("call", {"billing": 5}, plan=prefer("ann", hold=20 * SECOND), relaxation=steps)
    await seed.advance(20 * SECOND + MS)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_PREFERENCE_ENDED"]
    assert await seed.match() == []
    await seed.advance(10 * SECOND + MS)
    async with watched(seed) as step:
        assert await seed.match() == [("call", 1, "eve")]
    assert step.types == ["CONTACT_RELAXED", "CONTACT_OFFERED"]


async def test_who_pulls_it_need_not_be_preferred(seed: Seed) -> None:
    await busy(seed, "ann")
    await seed.agent("eve")
    await seed.enqueue("call", plan=prefer("ann"))
    found, _ = await seed.pull("eve")
    assert found.state == contact_pb2.CONTACT_STATE_ACTIVE
    await seed.enqueue("skilled", {"billing": 1}, plan=prefer("ann"))
    await seed.complete()
    await seed.finish()
    await refuses(seed, lambda request: seed.pull("eve", "skilled", request), "NOT_ELIGIBLE", cause="SKILLS")


async def test_another_priority_changes_nothing_of_it(seed: Seed) -> None:
    await busy(seed, "ann")
    until = (await seed.enqueue("call", plan=prefer("ann"))).preferred_until
    found = await seed.store.contacts.reprioritize_contact(seed.center, "call", priority=5, credit=None, request=None)
    assert found.preferred_until == until
    async with watched(seed):
        await seed.state("ann", "AVAILABLE")
    assert await seed.match() == [("call", 1, "ann")]


async def test_a_scheduled_one_holds_out_from_when_it_begins(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await busy(seed, "ann")
    plan = prefer("ann", time=seed.now + 100 * SECOND, attempts=3, delay=50 * SECOND)
    found = await seed.enqueue("call", plan=plan)
    assert not found.HasField("preferred_until")
    await seed.advance(100 * SECOND)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_QUEUED"]
    found = await contact(seed)
    assert found.preferred_until.ToMicroseconds() == found.enqueue_time.ToMicroseconds() + HOLD
    await seed.advance(HOLD + MS)
    await seed.fire()
    assert await ended(seed) == "TIME_OVER"
    await seed.state("ann", "AVAILABLE")
    await seed.match()
    await seed.accept()
    await seed.reschedule()
    await seed.advance(50 * SECOND + MS)
    await seed.fire()
    assert await ended(seed) == "", "each attempt holds out anew"
    await seed.match()
    await seed.accept(number=2)
    await seed.transfer(number=2, skills={})
    await seed.match()
    await seed.accept(number=3)
    await seed.reschedule(number=3)
    await seed.advance(50 * SECOND + MS)
    await seed.fire()
    assert await ended(seed) == "REPLACED", "what was passed on to others stays with them"


async def test_who_leaves_while_holding_out_leaves_nothing_behind(seed: Seed) -> None:
    await busy(seed, "ann")
    await seed.enqueue("call", plan=prefer("ann"))
    async with watched(seed) as step:
        await seed.abandon()
    assert "preferred:call" not in step.after["deadlines"]
    assert not (await contact(seed)).HasField("preferred_until")


async def test_matching_first_is_not_too_early(seed: Seed) -> None:
    """The deadline is due, and so is the job; matching comes before anybody fired them."""
    await busy(seed, "ann", "ben")
    await seed.enqueue("one", plan=prefer("ann", hold=5 * SECOND))
    await seed.enqueue("two", plan=prefer("ben"))
    await seed.enqueue("three")
    await seed.agent("eve")
    await seed.agent("fay")
    await seed.advance(5 * SECOND + MS)
    await seed.state("ben", "OFFLINE")
    async with watched(seed) as step:
        assert await seed.match() == [("one", 1, "eve"), ("two", 1, "fay")]
    assert step.types[:2] == ["CONTACT_PREFERENCE_ENDED"] * 2
    assert await seed.fire() == (0, False)


async def test_it_concerns_many_in_steps(seed: Seed) -> None:
    await busy(seed, "ann")
    await seed.agent("ben", {"billing": 10, "sales": 10}, "NOT_READY")
    for number in range(230):
        # Many contacts in one class, and many classes.
        skills = {"billing": number % 10 + 1, "sales": number % 9 + 1} if number > 130 else {}
        await seed.enqueue(f"c{number}", skills, plan=prefer("ben"))
    await seed.enqueue("other", plan=prefer("ann"))
    await seed.state("ben", "OFFLINE")
    moved, more = [], True
    while more:
        async with watched(seed) as step:
            _, more = await seed.fire(32)
        moved.append(step.types.count("CONTACT_PREFERENCE_ENDED"))
    assert sum(moved) == 230
    assert max(moved) == 32
    assert "jobs" not in step.after
    assert (await ended(seed, "c0"), await ended(seed, "c229"), await ended(seed, "other")) == (
        "NONE_SIGNED_IN",
    ) * 2 + ("",)


async def test_those_who_come_to_wait_for_him_again_stay(seed: Seed) -> None:
    """Steps of the job, between which the agent comes back and others want him."""
    await busy(seed, "ben")
    for number in range(6):
        await seed.enqueue(f"c{number}", plan=prefer("ben"))
    await seed.state("ben", "OFFLINE")
    await seed.fire(2)
    await seed.state("ben", "NOT_READY")
    await seed.enqueue("late", plan=prefer("ben"))
    while (await seed.fire(2))[0]:
        pass
    reasons = [await ended(seed, name) for name in ("c0", "c1", "c2", "c5", "late")]
    assert reasons == ["NONE_SIGNED_IN", "NONE_SIGNED_IN", "", "", ""]


async def test_refusals(seed: Seed) -> None:
    await seed.agent("ann")
    await refuses(
        seed,
        lambda request: seed.enqueue("call", plan=prefer("ann", "gone"), request=request),
        "RESOURCE_NOT_FOUND",
        name=f"centers/{seed.center}/agents/gone",
    )


async def test_as_many_requirements_as_there_may_be(seed: Seed) -> None:
    await busy(seed, "ann", "ben")
    await seed.agent("off", presence="OFFLINE")
    seed.store.contacts._max_classes = 2
    await seed.enqueue("plain")
    await seed.enqueue("call", plan=prefer("ann"))
    await seed.enqueue("same", plan=prefer("ann"))
    await refuses(seed, lambda r: seed.enqueue("more", plan=prefer("ben"), request=r), "TOO_MANY_CLASSES", limit="2")
    await seed.enqueue("skipped", plan=prefer("off"))
