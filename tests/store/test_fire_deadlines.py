"""A test for each kind of deadline, on time and late. The jobs' own tests are with their verbs."""

from typing import Any

import pytest

from acd.v1 import agent_pb2, contact_pb2
from tests.store.seeds import MAX_WAIT, OFFER, RETENTION, RETRY, SECOND, WRAP_UP, Seed
from tests.store.steps import QUEUE, agent_free, changes, document, refuses, watched

LATE = SECOND + 1
CONTACT_AND_AGENT = {"contact:call", "agent:ann", "counts", "deadlines", "clock", "events"}


async def at_deadline(seed: Seed, member: str, late: int = 0) -> int:
    """Moves the clock to a deadline, or so much behind it. Returns its due time."""
    due = int(await seed.command("ZSCORE", "@deadlines", member))
    await seed.set_clock(due + late)
    return due


async def contact(seed: Seed, name: str = "call") -> contact_pb2.Contact:
    return await seed.store.contacts.get_contact(seed.center, name)


async def test_nothing_is_fired_before_its_time(seed: Seed) -> None:
    await seed.offered()
    await at_deadline(seed, "offer:call:1", -1)
    async with changes(seed, set()):
        response = await seed.store.dispatch.fire_deadlines(seed.center, max_count=100)
    assert (response.fired_count, response.more) == (0, False)
    assert response.due_in.ToMicroseconds() == 1


@pytest.mark.parametrize("late", [0, SECOND])
async def test_an_offer_that_is_not_answered_is_missed(seed: Seed, late: int) -> None:
    await seed.offered()
    await at_deadline(seed, "offer:call:1", late)
    keys = CONTACT_AND_AGENT | QUEUE | agent_free() | {"contacts:OFFERED", "contacts:QUEUED"}
    keys |= {"class:VOICE||ann", "waiting_classes", "marked", "walks"}
    async with changes(seed, keys, "CONTACT_MISSED") as step:
        assert await seed.fire() == (1, False)
    at = int(step.events[0]["time"])
    found = await contact(seed)
    assert found.assignment.state == contact_pb2.ASSIGNMENT_STATE_MISSED
    assert found.assignment.revoke_reason == contact_pb2.REVOKE_REASON_UNSPECIFIED
    assert step.after["available:VOICE"] == {"ann": at}, "idle time starts again"
    assert step.after["deadlines"]["bar:call"] == at + RETRY
    assert await seed.match() == []


async def test_who_misses_too_many_in_a_row_takes_no_more(seed: Seed) -> None:
    await seed.policy(max_missed_offers=2, missed_retry_delay=0)
    await seed.offered()
    await at_deadline(seed, "offer:call:1")
    await seed.fire()
    assert (await seed.store.agents.get_agent(seed.center, "ann")).missed_offers == 1
    assert await seed.match() == [("call", 2, "ann")]
    await at_deadline(seed, "offer:call:2")
    keys = CONTACT_AND_AGENT | QUEUE | {"contacts:OFFERED", "contacts:QUEUED", "agents:AVAILABLE", "agents:NOT_READY"}
    keys |= {"class:VOICE||", "waiting_classes", "marked", "walks"}
    async with changes(seed, keys, "CONTACT_MISSED", "AGENT_STATE_CHANGED") as step:
        await seed.fire()
    agent = await seed.store.agents.get_agent(seed.center, "ann")
    assert (agent.presence, agent.presence_reason) == (agent_pb2.PRESENCE_NOT_READY, "MISSED_OFFER")
    assert agent.missed_offers == 2
    assert document(step.after, "contact:call")["bars"] == []
    await seed.state("ann", "AVAILABLE")
    assert (await seed.store.agents.get_agent(seed.center, "ann")).missed_offers == 0
    assert await seed.match() == [("call", 3, "ann")]


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_an_answer_begins_the_row_of_misses_anew(seed: Seed, verb: str) -> None:
    await seed.policy(max_missed_offers=2, missed_retry_delay=0, retry_delay=0)
    await seed.offered()
    await at_deadline(seed, "offer:call:1")
    await seed.fire()
    assert await seed.match() == [("call", 2, "ann")]
    await getattr(seed, verb)("call", 2)
    agent = await seed.store.agents.get_agent(seed.center, "ann")
    assert (agent.presence, agent.missed_offers) == (agent_pb2.PRESENCE_AVAILABLE, 0)


async def test_a_miss_has_a_delay_of_its_own(seed: Seed) -> None:
    await seed.policy(missed_retry_delay=3 * SECOND)
    await seed.offered()
    await at_deadline(seed, "offer:call:1")
    async with watched(seed) as step:
        await seed.fire()
    over = int(step.events[0]["time"]) + 3 * SECOND
    assert step.after["deadlines"]["bar:call"] == over
    assert (await contact(seed)).assignment.retry_time.ToMicroseconds() == over


async def test_a_contact_that_nobody_wants_ends(seed: Seed) -> None:
    """Declined once and missed once; the offer taken back in between does not count."""
    await seed.policy(max_offers=2, retry_delay=0, max_missed_offers=1)
    await seed.offered()
    await seed.decline()
    assert await seed.match() == [("call", 2, "ann")]
    await seed.requeue(number=2)
    assert await seed.match() == [("call", 3, "ann")]
    await at_deadline(seed, "offer:call:3")
    keys = CONTACT_AND_AGENT | {"contacts:OFFERED", "contacts:EXPIRED", "agents:AVAILABLE", "agents:NOT_READY"}
    async with changes(seed, keys, "CONTACT_MISSED", "CONTACT_EXPIRED", "AGENT_STATE_CHANGED") as step:
        await seed.fire()
    found = await contact(seed)
    assert found.state == contact_pb2.CONTACT_STATE_EXPIRED
    assert found.end_reason == contact_pb2.END_REASON_MAX_OFFERS
    assert step.after["deadlines"] == {"retain:call": int(step.events[1]["time"]) + RETENTION}


async def test_an_offer_ended_by_a_late_router_is_nobodys_miss(seed: Seed) -> None:
    await seed.offered()
    idle = float(document(await _space(seed), "agent:ann")["idle"])
    await at_deadline(seed, "offer:call:1", LATE)
    keys = CONTACT_AND_AGENT | QUEUE | agent_free() | {"contacts:OFFERED", "contacts:QUEUED"}
    keys |= {"class:VOICE||", "waiting_classes", "marked", "walks"}
    async with changes(seed, keys, "CONTACT_REVOKED") as step:
        await seed.fire()
    found = await contact(seed)
    assert found.assignment.state == contact_pb2.ASSIGNMENT_STATE_REVOKED
    assert found.assignment.revoke_reason == contact_pb2.REVOKE_REASON_ROUTER_DELAY
    assert step.after["available:VOICE"] == {"ann": idle}
    assert await seed.match() == [("call", 2, "ann")]


async def _space(seed: Seed) -> dict[str, Any]:
    async with watched(seed) as step:
        pass
    return step.after


async def test_a_wait_that_is_over_expires(seed: Seed) -> None:
    await seed.enqueue("call", {"sales": 1}, owner="pbx-1")
    await at_deadline(seed, "maxwait:call", SECOND)
    keys = QUEUE | {"contact:call", "contacts:QUEUED", "contacts:EXPIRED", "class:VOICE|sales=1|"}
    keys |= {"waiting_classes:sales", "skill_contacts:sales", "owner:pbx-1"}
    async with changes(seed, keys, "CONTACT_EXPIRED") as step:
        await seed.fire()
    found = await contact(seed)
    assert found.end_reason == contact_pb2.END_REASON_MAX_WAIT
    assert step.after["deadlines"] == {"retain:call": int(step.events[0]["time"]) + RETENTION}


async def test_a_late_router_extends_the_wait_by_its_delay(seed: Seed) -> None:
    await seed.enqueue("call")
    await at_deadline(seed, "maxwait:call", 5 * SECOND)
    async with changes(seed, {"contact:call", "deadlines", "clock", "events"}, "CONTACT_EXTENDED") as step:
        await seed.fire()
    assert step.after["deadlines"] == {"maxwait:call": seed.now + 5 * SECOND}
    found = await contact(seed)
    assert found.state == contact_pb2.CONTACT_STATE_QUEUED
    assert found.expire_time.ToMicroseconds() == seed.now + 5 * SECOND
    await at_deadline(seed, "maxwait:call")
    await seed.fire()
    assert (await contact(seed)).state == contact_pb2.CONTACT_STATE_EXPIRED


async def test_an_open_offer_outlives_the_wait(seed: Seed) -> None:
    await seed.policy(max_wait=10 * SECOND)
    await seed.offered()
    await seed.advance(11 * SECOND)
    async with changes(seed, set()):
        assert await seed.fire() == (0, False)
    await seed.accept()


@pytest.mark.parametrize("late", [0, 100 * SECOND])
async def test_wrap_up_ends_on_time_or_late(seed: Seed, late: int) -> None:
    await seed.wrapping()
    await at_deadline(seed, "wrap:call:1", late)
    keys = CONTACT_AND_AGENT | agent_free() | {"contacts:WRAP_UP", "contacts:COMPLETED", "handled"}
    async with changes(seed, keys, "CONTACT_COMPLETED") as step:
        await seed.fire()
    assert step.after["deadlines"] == {"retain:call": int(step.events[0]["time"]) + RETENTION}
    assert (await contact(seed)).state == contact_pb2.CONTACT_STATE_COMPLETED


async def test_the_wrap_up_of_a_transferred_assignment_ends_too(seed: Seed) -> None:
    await seed.active()
    await seed.requeue()
    await at_deadline(seed, "wrap:call:1")
    keys = CONTACT_AND_AGENT | agent_free() | {"candidates:VOICE||", "marked", "handled"}
    async with changes(seed, keys, "ASSIGNMENT_ENDED"):
        await seed.fire()


@pytest.mark.parametrize("late", [0, 100 * SECOND])
async def test_what_is_never_completed_is_lost_without_wrap_up(seed: Seed, late: int) -> None:
    await seed.active()
    await at_deadline(seed, "maxactive:call:1", late)
    keys = CONTACT_AND_AGENT | agent_free() | {"contacts:ACTIVE", "contacts:COMPLETED"}
    async with changes(seed, keys, "CONTACT_COMPLETED"):
        await seed.fire()
    found = await contact(seed)
    assert found.assignment.outcome == contact_pb2.OUTCOME_LOST
    assert found.assignment.state == contact_pb2.ASSIGNMENT_STATE_COMPLETED
    assert found.state == contact_pb2.CONTACT_STATE_COMPLETED


@pytest.mark.parametrize("late", [0, 100 * SECOND])
async def test_the_end_of_a_bar_moves_the_contact_to_its_next_class(seed: Seed, late: int) -> None:
    await seed.offered()
    await seed.decline()
    assert await seed.match() == []
    await at_deadline(seed, "bar:call", late)
    keys = {"contact:call", "class:VOICE||ann", "class:VOICE||", "classes", "heads", "waiting_classes"}
    async with changes(seed, keys | {"marked", "walks", "deadlines", "clock"}) as step:
        await seed.fire()
    assert step.after["queue"] == step.before["queue"]
    assert await seed.match() == [("call", 2, "ann")]


async def test_bars_end_one_after_the_other(seed: Seed) -> None:
    await seed.offered("call", "ann")
    await seed.decline()
    await seed.agent("ben")
    assert await seed.match() == [("call", 2, "ben")]
    await seed.advance(RETRY // 2)
    await seed.decline(number=2)
    assert (await _space(seed))["classes"].popitem()[1] == "VOICE||ann,ben"
    await at_deadline(seed, "bar:call")
    await seed.fire()
    space = await _space(seed)
    assert space["classes"].popitem()[1] == "VOICE||ben"
    assert space["deadlines"]["bar:call"] > seed.now
    assert await seed.match() == [("call", 3, "ann")]


async def test_nothing_is_left_of_a_contact_after_the_retention(seed: Seed) -> None:
    await seed.enqueue("call", {"sales": 1}, attributes={"a": "b"}, owner="pbx-1")
    await seed.abandon()
    await at_deadline(seed, "retain:call", 5 * SECOND)
    keys = {"contact:call", "attributes:call", "contacts", "contacts:ABANDONED", "deadlines"}
    async with changes(seed, keys) as step:
        await seed.fire()
    assert not {key for key, value in step.after.items() if key != "events" and "call" in f"{key} {value}"}
    await seed.enqueue("call")


@pytest.mark.parametrize("late", [0, SECOND])
async def test_contacts_of_a_lost_owner_are_abandoned(seed: Seed, late: int) -> None:
    await seed.offered("offered", "ann", owner="pbx-1")
    await seed.active("served", "ben", owner="pbx-1")
    await seed.enqueue("queued", owner="pbx-1", owner_lease=OFFER // 2)
    await seed.enqueue("other", owner="pbx-2")
    await at_deadline(seed, "owner:pbx-1", late)
    response = await seed.store.dispatch.fire_deadlines(seed.center, max_count=100)
    assert response.fired_count == 1
    names = ("offered", "served", "queued", "other")
    found = {name: await contact(seed, name) for name in names}
    assert [found[name].state for name in names] == [
        contact_pb2.CONTACT_STATE_ABANDONED,
        contact_pb2.CONTACT_STATE_ACTIVE,
        contact_pb2.CONTACT_STATE_ABANDONED,
        contact_pb2.CONTACT_STATE_QUEUED,
    ]
    assert found["queued"].end_reason == contact_pb2.END_REASON_OWNER_LOST
    assert found["offered"].assignment.revoke_reason == contact_pb2.REVOKE_REASON_CONTACT_LEFT


async def test_a_lost_owners_contacts_go_in_steps(seed: Seed) -> None:
    for name in ("a", "b", "c"):
        await seed.enqueue(name, {"sales": 1}, owner="pbx-1", owner_lease=60 * SECOND)
    await at_deadline(seed, "owner:pbx-1")
    async with watched(seed) as step:
        assert await seed.fire(2) == (1, True)
    assert step.types == ["CONTACT_ABANDONED"] * 2
    assert step.after["owner:pbx-1"].keys() == {"c"}, "the oldest first"
    await seed.advance(10)
    async with watched(seed) as step:
        assert await seed.fire(2) == (1, False)
    assert step.types == ["CONTACT_ABANDONED"]
    assert "owner:pbx-1" not in step.after["deadlines"]


async def test_a_late_router_extends_a_lease_by_its_delay(seed: Seed) -> None:
    await seed.enqueue("call", owner="pbx-1", owner_lease=60 * SECOND)
    await at_deadline(seed, "owner:pbx-1", 7 * SECOND)
    async with changes(seed, {"deadlines"}) as step:
        await seed.fire()
    assert step.after["deadlines"]["owner:pbx-1"] == seed.now + 7 * SECOND


async def test_a_lease_of_an_owner_without_contacts_just_ends(seed: Seed) -> None:
    await seed.store.contacts.renew_owner(seed.center, "pbx-1", owner_lease=SECOND)
    await at_deadline(seed, "owner:pbx-1")
    async with changes(seed, {"deadlines"}) as step:
        assert await seed.fire() == (1, False)
    assert "deadlines" not in step.after


async def test_the_earliest_first_and_not_more_than_asked_for(seed: Seed) -> None:
    for name in ("a", "b", "c"):
        await seed.enqueue(name)
        await seed.advance(10)
    await seed.advance(MAX_WAIT)
    async with watched(seed) as step:
        assert await seed.fire(2) == (2, True)
    assert step.after["contacts:EXPIRED"].keys() == {"a", "b"}
    assert await seed.fire(2) == (1, False)
    async with changes(seed, set()):
        assert await seed.fire(2) == (0, False)


async def test_two_dispatchers_firing_the_same_fire_it_once(seed: Seed) -> None:
    await seed.offered()
    await at_deadline(seed, "offer:call:1")
    async with watched(seed) as step:
        await seed.fire()
        await seed.fire()
    assert step.types == ["CONTACT_MISSED"]


@pytest.mark.parametrize("member", ["offer:gone:1", "wrap:call:9", "maxactive:call:1", "maxwait:gone", "bar:gone"])
async def test_a_deadline_of_what_is_no_more_just_goes(seed: Seed, member: str) -> None:
    await seed.offered()
    before = await _space(seed)
    await seed.command("ZADD", "@deadlines", seed.now - 1, member)
    await seed.fire()
    assert await _space(seed) == before


async def test_ids_with_colons_in_owners(seed: Seed) -> None:
    await seed.enqueue("call", owner="sip:pbx:1", owner_lease=SECOND)
    await at_deadline(seed, "owner:sip:pbx:1")
    await seed.fire()
    assert (await contact(seed)).end_reason == contact_pb2.END_REASON_OWNER_LOST


async def test_an_agent_in_wrap_up_outlives_the_contact_that_he_transferred(seed: Seed) -> None:
    """The contact is kept as long as one of its assignments is in force, however short the retention."""
    await seed.policy(retention=SECOND)
    await seed.active()
    await seed.requeue()
    await seed.abandon()
    await seed.advance(2 * SECOND)
    await seed.fire()
    await seed.advance(WRAP_UP)
    await seed.fire()
    agent = await seed.store.agents.get_agent(seed.center, "ann")
    assert not agent.assignments
    await seed.advance(2 * SECOND)
    await seed.fire()
    await refuses(seed, lambda _: contact(seed), "RESOURCE_NOT_FOUND")


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda _: ghost.fire(), "RESOURCE_NOT_FOUND", name="centers/ghost")
