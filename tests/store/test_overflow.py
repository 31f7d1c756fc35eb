"""Overflow rules: what fires when, once each, and what becomes of the contact and its place."""

import json

from acd.v1 import contact_pb2
from tests.store.overflowing import JITTER, after, call, expire, get, raised, replaced
from tests.store.seeds import SECOND, Seed
from tests.store.steps import changes, document, refuses, watched


async def test_a_priority_is_raised_with_one_event(seed: Seed) -> None:
    await seed.enqueue("older")
    await call(seed, raised(30, 5))
    await seed.advance(30 * SECOND - 1)
    assert await seed.fire() == (0, False)
    await seed.advance(JITTER)
    keys = {"contact:call", "queue", "class:VOICE||", "heads", "deadlines", "clock", "events"}
    async with changes(seed, keys, "CONTACT_OVERFLOWED") as step:
        assert await seed.fire() == (1, False)
    contact = await get(seed)
    assert (contact.priority, list(contact.fired_overflow_rules)) == (5, ["up"])
    assert contact.rank == contact.enqueue_time.ToMicroseconds() - 5 * 10**14
    assert json.loads(step.events[0]["contact"])["fired"] == ["up"]
    assert "overflow:call" not in step.after["deadlines"]
    assert (await seed.store.contacts.get_queue_position(seed.center, "call")).position == 1
    await seed.agent("ann")
    assert (await seed.match())[0][0] == "call"


async def test_place_and_estimate_are_right_as_soon_as_it_has_fired(seed: Seed) -> None:
    """A call takes two minutes; one that is raised has one before it less for each that it passes."""
    await seed.served("before", "ann", 120 * SECOND)
    await seed.enqueue("served")
    await seed.match()
    await seed.accept("served")
    for number in range(3):
        await seed.enqueue(f"older-{number}")
    await call(seed, raised(30, 5))

    async def place(name: str) -> tuple[int, int]:
        """Position, and the estimate in whole seconds: stamps differ by microseconds."""
        found = await seed.store.contacts.get_queue_position(seed.center, name)
        return found.position, round(found.estimated_wait.ToMicroseconds() / SECOND)

    assert await place("call") == (4, 490)
    await after(seed, 30)
    await seed.fire()
    assert await place("call") == (1, 130)
    assert await place("older-0") == (2, 250)


async def test_a_priority_that_is_as_high_stays_and_the_rule_has_fired(seed: Seed) -> None:
    await call(seed, raised(30, 3))
    await seed.store.contacts.reprioritize_contact(seed.center, "call", priority=7, credit=None, request=None)
    before = await get(seed)
    await after(seed, 30)
    async with changes(seed, {"contact:call", "deadlines", "clock", "events"}, "CONTACT_OVERFLOWED"):
        await seed.fire()
    contact = await get(seed)
    assert (contact.priority, contact.rank) == (7, before.rank)
    assert list(contact.fired_overflow_rules) == ["up"]


async def test_a_raise_goes_by_the_rule_of_order_in_force(seed: Seed) -> None:
    """Under HEAD_START a point is worth 20 s: ten seconds older are less."""
    await seed.policy(priority_rule="HEAD_START", head_start=20 * SECOND)
    await seed.enqueue("oldest")
    await seed.advance(25 * SECOND)
    await seed.enqueue("older")
    await seed.advance(10 * SECOND)
    await call(seed, raised(5, 1), credit=SECOND)
    await after(seed, 5)
    await seed.fire()
    contact = await get(seed)
    assert contact.rank == contact.enqueue_time.ToMicroseconds() - 21 * SECOND, "the credit stays"
    for agent in ("ann", "bob", "cid"):
        await seed.agent(agent)
    assert [pair[0] for pair in await seed.match()] == ["oldest", "call", "older"]


async def test_skills_are_replaced_and_the_place_kept(seed: Seed) -> None:
    await seed.agent("ann", {"sales": 2})
    await call(seed, replaced(30, {"sales": 2, "english": 1}), replaced(60, {}, name="any"), skills={"billing": 3})
    await seed.enqueue("younger", {"sales": 1})
    rank = (await get(seed)).rank
    await after(seed, 30)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_OVERFLOWED"]
    contact = await get(seed)
    assert [skill.skill_id for skill in contact.required_skills] == ["billing"]
    assert {skill.skill_id: skill.min_level for skill in contact.current_skills} == {"sales": 2, "english": 1}
    assert (contact.rank, contact.state) == (rank, contact_pb2.CONTACT_STATE_QUEUED)
    explained = await seed.store.explanations.explain_contact(seed.center, "call")
    assert [skill.skill_id for skill in explained.required_skills] == ["english", "sales"]
    assert explained.next_deadline == 26
    assert explained.next_deadline_time.ToMicroseconds() == contact.enqueue_time.ToMicroseconds() + 60 * SECOND
    await after(seed, 30)
    await seed.fire()
    contact = await get(seed)
    assert list(contact.current_skills) == []
    assert list(contact.fired_overflow_rules) == ["wide", "any"]
    assert (await seed.match())[0][0] == "call", "before the younger one"


async def test_the_wait_is_ended(seed: Seed) -> None:
    await call(seed, expire(30), raised(60))
    await after(seed, 30)
    async with watched(seed) as step:
        assert await seed.fire() == (1, False)
    assert step.types == ["CONTACT_EXPIRED"]
    contact = await get(seed)
    assert (contact.state, contact.end_reason) == (
        contact_pb2.CONTACT_STATE_EXPIRED,
        contact_pb2.END_REASON_OVERFLOW,
    )
    assert list(contact.fired_overflow_rules) == ["out"]
    assert step.after["deadlines"].keys() == {"retain:call"}


async def test_rules_due_together_fire_in_their_order_with_an_event_each(seed: Seed) -> None:
    """By time; of one time in the order of the list. None after the end."""
    rules = (raised(20, 7, "b"), replaced(10, {"sales": 1}, "d"), raised(20, 3, "a"), expire(30, "out"), raised(40))
    await call(seed, *rules)
    await after(seed, 30)
    async with watched(seed) as step:
        assert await seed.fire() == (1, False)
    assert step.types == ["CONTACT_OVERFLOWED"] * 3 + ["CONTACT_EXPIRED"]
    fired = [json.loads(event["contact"])["fired"][-1] for event in step.events]
    assert fired == ["d", "b", "a", "out"]
    contact = await get(seed)
    assert (contact.priority, list(contact.fired_overflow_rules)) == (7, fired)


async def test_the_policys_rules_are_those_of_when_the_contact_was_made(seed: Seed) -> None:
    await seed.policy(overflow_rules=json.dumps([raised(30, 2)]))
    await seed.enqueue("before")
    await call(seed, raised(30, 9, "own"), name="own")
    await seed.policy(overflow_rules=json.dumps([raised(30, 4)]))
    await seed.enqueue("between")
    await seed.policy(overflow_rules="[]")
    await seed.enqueue("none")
    await after(seed, 30)
    assert await seed.fire() == (3, False)
    found = {name: await get(seed, name) for name in ("before", "own", "between", "none")}
    assert {name: contact.priority for name, contact in found.items()} == {
        "before": 2,
        "own": 9,
        "between": 4,
        "none": 0,
    }
    assert [rule.id for rule in found["before"].overflow_rules] == ["up"]
    assert list(found["none"].overflow_rules) == []
    async with watched(seed) as step:
        await seed.enqueue("plain")
    assert not {"overflow", "fired", "asked", "max_wait"} & document(step.after, "contact:plain").keys()


async def test_a_late_router_extends_the_end_and_catches_up_with_the_rest(seed: Seed) -> None:
    await call(seed, expire(30), raised(31))
    await after(seed, 33)
    async with watched(seed) as step:
        assert await seed.fire() == (1, False)
    assert step.types == ["CONTACT_EXTENDED", "CONTACT_OVERFLOWED"]
    contact = await get(seed)
    assert (contact.state, contact.priority) == (contact_pb2.CONTACT_STATE_QUEUED, 5)
    due = step.after["deadlines"]["overflow:call"]
    assert 0 <= due - (contact.enqueue_time.ToMicroseconds() + 36 * SECOND) <= 4 * JITTER, "3 s late, 3 s more"
    await after(seed, 3)
    await seed.fire()
    contact = await get(seed)
    assert (contact.end_reason, list(contact.fired_overflow_rules)) == (
        contact_pb2.END_REASON_OVERFLOW,
        ["up", "out"],
    )


async def test_what_comes_due_while_offered_fires_when_the_contact_is_back(seed: Seed) -> None:
    """Long due then, and yet nobody was late; the open offer is left to end."""
    await seed.agent("ann")
    await call(seed, raised(5, 4), expire(8))
    await seed.match()
    await seed.advance(15 * SECOND)
    assert await seed.fire() == (0, False)
    assert (await get(seed)).state == contact_pb2.CONTACT_STATE_OFFERED
    async with watched(seed) as step:
        await seed.decline()
    assert step.types == ["CONTACT_DECLINED"]
    await seed.advance(JITTER)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_OVERFLOWED", "CONTACT_EXPIRED"]


async def test_who_is_served_is_past_it(seed: Seed) -> None:
    await seed.agent("ann")
    await call(seed, raised(5), replaced(6, {"sales": 1}), expire(8))
    await seed.match()
    await seed.accept()
    await seed.advance(100 * SECOND)
    assert await seed.fire() == (0, False)
    await seed.complete()
    async with watched(seed) as step:
        pass
    assert not any(member.startswith("overflow:") for member in step.after["deadlines"])


async def test_after_service_the_rest_fires_and_the_end_counts_anew(seed: Seed) -> None:
    await seed.agent("ann")
    await call(seed, raised(5, 2, "first"), raised(20, 4), replaced(30, {"sales": 1}), expire(40))
    await after(seed, 5)
    await seed.fire()
    await seed.match()
    await seed.accept()
    await seed.advance(100 * SECOND)
    contact, _ = await seed.requeue()
    back = contact.update_time.ToMicroseconds()
    await seed.advance(JITTER)
    async with watched(seed) as step:
        await seed.fire()
    assert step.types == ["CONTACT_OVERFLOWED"] * 2
    contact = await get(seed)
    assert list(contact.fired_overflow_rules) == ["first", "up", "wide"]
    assert (contact.priority, [skill.skill_id for skill in contact.current_skills]) == (4, ["sales"])
    assert step.after["deadlines"]["overflow:call"] == back + 40 * SECOND


async def test_a_transfer_lets_go_of_rules_for_the_old_requirement(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1})
    await call(seed, replaced(30, {"sales": 1}), raised(30), skills={"billing": 1})
    await seed.match()
    await seed.accept()
    await seed.advance(60 * SECOND)
    await seed.transfer(skills={"english": 1})
    await seed.advance(JITTER)
    await seed.fire()
    contact = await get(seed)
    assert [rule.id for rule in contact.overflow_rules] == ["up"]
    assert (contact.priority, [skill.skill_id for skill in contact.current_skills]) == (5, ["english"])


async def test_a_scheduled_contact_waits_from_its_time(seed: Seed) -> None:
    await call(seed, raised(30), time=seed.now + 60 * SECOND, attempts=2, delay=10 * SECOND)
    await seed.advance(60 * SECOND)
    await seed.fire()
    await after(seed, 29.9)
    assert await seed.fire() == (0, False)
    await after(seed, 0.1)
    assert await seed.fire() == (1, False)
    await seed.agent("ann")
    await seed.match()
    await seed.accept()
    await seed.reschedule()
    await seed.advance(10 * SECOND)
    await seed.fire()
    await after(seed, 60)
    await seed.fire()
    assert list((await get(seed)).fired_overflow_rules) == ["up"], "once, whatever the attempts"


async def test_an_end_counts_from_each_attempt(seed: Seed) -> None:
    await seed.agent("ann")
    await call(seed, expire(30), time=seed.now + SECOND, attempts=2, delay=100 * SECOND)
    await seed.advance(SECOND)
    await seed.fire()
    await seed.match()
    await seed.accept()
    await seed.reschedule()
    await seed.state("ann", "NOT_READY", "lunch")
    await after(seed, 100)
    await seed.fire()
    await after(seed, 29.9)
    assert await seed.fire() == (0, False)
    await after(seed, 0.2)
    await seed.fire()
    assert (await get(seed)).end_reason == contact_pb2.END_REASON_OVERFLOW


async def test_a_replacement_ends_the_hold_out_for_a_named_agent(seed: Seed) -> None:
    await seed.active("parent", "ann")
    await seed.agent("bob", {"sales": 1})
    await call(seed, replaced(30, {"sales": 1}), target="ann", wait=600 * SECOND)
    await after(seed, 30)
    async with watched(seed) as step:
        await seed.fire()
    assert "target:call" not in step.after["deadlines"]
    assert (await get(seed)).target_agent == ""
    assert (await seed.match()) == [("call", 1, "bob")]


async def test_a_skill_that_was_deleted_is_left_out(seed: Seed) -> None:
    await call(seed, replaced(30, {"sales": 1, "english": 2}), skills={"billing": 1})
    await seed.store.skills.delete_skill(seed.center, "sales", force=False, request=None)
    await after(seed, 30)
    await seed.fire()
    assert {skill.skill_id for skill in (await get(seed)).current_skills} == {"english"}


async def test_bars_hold_after_a_replacement(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1, "sales": 1})
    await call(seed, replaced(5, {"sales": 1}), skills={"billing": 1})
    await seed.match()
    await seed.decline(retry_after=10 * SECOND)
    await after(seed, 5)
    await seed.fire()
    assert await seed.match() == []
    await after(seed, 5)
    assert await seed.match() == [("call", 2, "ann")]


async def test_more_classes_than_may_be_refuse_no_replacement(seed: Seed) -> None:
    for number in range(3):
        await seed.enqueue(f"other-{number}", {"english": number + 1})
    await call(seed, replaced(30, {"sales": 3}))
    await after(seed, 30)
    async with watched(seed) as step:
        await seed.fire()
    assert len(step.after["classes"]) == 4


async def test_skills_of_rules_must_exist(seed: Seed) -> None:
    rules = json.dumps([replaced(30, {"golf": 1})])
    golf = f"centers/{seed.center}/skills/golf"
    plan: dict[str, int | str] = {"overflow": rules}
    await refuses(seed, lambda r: seed.enqueue("call", plan=plan, request=r), "RESOURCE_NOT_FOUND", name=golf)
    policy = {"overflow_rules": rules}
    update = seed.store.centers.update_center
    await refuses(seed, lambda r: update(seed.center, policy, request=r), "RESOURCE_NOT_FOUND", name=golf)
    await seed.store.skills.delete_skill(seed.center, "sales", force=False, request=None)
    plan = {"overflow": json.dumps([replaced(30, {"sales": 1})])}
    await refuses(seed, lambda r: seed.enqueue("call", plan=plan, request=r), "SKILL_DELETING")
