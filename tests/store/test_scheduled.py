"""Contacts for a later time: made, begun, on time and late, taken back, too far ahead."""

import pytest

from acd.v1 import contact_pb2
from tests.store.seeds import MAX_WAIT, SECOND, Seed
from tests.store.steps import changes, refuses, replays, watched

HOUR = 3600 * SECOND
ENTERS = {"contact:call", "contacts", "contacts:SCHEDULED", "contacts:QUEUED", "deadlines", "clock", "events"}
CLASS = {"queue", "class:VOICE||", "classes", "heads", "waiting_classes"}


async def state(seed: Seed, name: str = "call") -> str:
    found = await seed.store.contacts.get_contact(seed.center, name)
    return contact_pb2.ContactState.Name(found.state).removeprefix("CONTACT_STATE_")


async def test_it_waits_for_its_time(seed: Seed) -> None:
    keys = {"contact:call", "attributes:call", "contacts", "contacts:SCHEDULED", "deadlines", "clock", "events"}
    due = seed.now + HOUR
    await seed.agent("ann")
    async with changes(seed, keys, "CONTACT_SCHEDULED") as step:
        found = await seed.enqueue(
            attributes={"a": "b"}, name="call", plan={"time": due, "window": HOUR, "attempts": 3}
        )
    assert (found.state, found.schedule_time.ToMicroseconds()) == (contact_pb2.CONTACT_STATE_SCHEDULED, due)
    assert (found.max_attempts, found.schedule_window.ToMicroseconds(), found.HasField("expire_time")) == (
        3,
        HOUR,
        False,
    )
    assert step.after["deadlines"] == {"begin:call": due}
    assert step.events[0]["attributes"] == '{"a": "b"}'
    assert await seed.match() == []
    await seed.set_clock(due)
    async with changes(seed, ENTERS | CLASS | {"walks", "marked"}, "CONTACT_QUEUED") as step:
        await seed.fire()
    assert step.after["deadlines"] == {"maxwait:call": due + HOUR}
    found = await seed.store.contacts.get_contact(seed.center, "call")
    assert found.enqueue_time == found.update_time
    assert await seed.match() == [("call", 1, "ann")]


async def test_its_place_is_that_of_its_time(seed: Seed) -> None:
    """Though the router is late, it goes before who came after its time, and behind who came before it."""
    due = seed.now + HOUR
    await seed.enqueue("call", owner="pbx", skills={"sales": 1}, plan={"time": due})
    await seed.enqueue("twin", {"sales": 1}, plan={"time": due})
    await seed.set_clock(due - SECOND)
    await seed.enqueue("before", {"sales": 1})
    await seed.set_clock(due + SECOND)
    await seed.enqueue("after", {"sales": 1})
    await seed.set_clock(due + 5 * SECOND)
    await seed.fire()
    expire = (await seed.store.contacts.get_contact(seed.center, "call")).expire_time.ToMicroseconds()
    assert due + 10 * SECOND + MAX_WAIT <= expire < due + 11 * SECOND + MAX_WAIT, "extended by the delay"
    for number in range(4):
        await seed.agent(f"agent{number}", {"sales": 1})
    assert [contact for contact, _, _ in await seed.match()] == ["before", "call", "twin", "after"]


async def test_who_comes_just_after_its_time_is_behind_it(seed: Seed) -> None:
    """However many had another time before: places were as many microseconds late once."""
    for number in range(30):
        await seed.enqueue(f"earlier{number}", {"sales": 1}, plan={"time": seed.now + HOUR + 10 * number})
    due = seed.now + 2 * HOUR
    await seed.enqueue("call", {"billing": 1}, plan={"time": due})
    await seed.enqueue("twin", {"billing": 1}, plan={"time": due})
    await seed.set_clock(due)
    await seed.fire()
    await seed.enqueue("just", {"billing": 1})
    for number in range(3):
        await seed.agent(f"agent{number}", {"billing": 1})
    assert [contact for contact, _, _ in await seed.match()] == ["call", "twin", "just"]


async def test_the_window_ends(seed: Seed) -> None:
    due = seed.now + HOUR
    await seed.enqueue("call", plan={"time": due, "window": 60 * SECOND})
    await seed.set_clock(due)
    await seed.fire()
    await seed.set_clock(due + 60 * SECOND)
    await seed.fire()
    found = await seed.store.contacts.get_contact(seed.center, "call")
    assert found.end_reason == contact_pb2.END_REASON_WINDOW_OVER
    assert found.state == contact_pb2.CONTACT_STATE_EXPIRED


@pytest.mark.parametrize("passed_on", ["requeue", "transfer"])
async def test_the_window_is_kept_once_the_call_was_made(seed: Seed, passed_on: str) -> None:
    """Passed on, it waits as long as the policy says, and ends for that."""
    due = seed.now + HOUR
    await seed.enqueue("call", plan={"time": due, "window": 60 * SECOND})
    await seed.agent("ann")
    await seed.set_clock(due)
    await seed.fire()
    assert await seed.match() == [("call", 1, "ann")]
    await seed.accept()
    await (seed.requeue() if passed_on == "requeue" else seed.transfer(skills={"sales": 1}))
    await seed.advance(MAX_WAIT)
    await seed.fire()
    await seed.advance(SECOND // 2)
    await seed.fire()
    found = await seed.store.contacts.get_contact(seed.center, "call")
    assert found.end_reason == contact_pb2.END_REASON_MAX_WAIT


async def test_a_time_that_has_passed_is_now(seed: Seed) -> None:
    async with watched(seed) as step:
        found = await seed.enqueue("call", plan={"time": seed.now - HOUR})
    assert step.types == ["CONTACT_ENQUEUED"]
    assert found.state == contact_pb2.CONTACT_STATE_QUEUED


async def test_a_closed_center_takes_them(seed: Seed) -> None:
    await seed.store.centers.close_center(seed.center, expire_waiting=True, request=None)
    await seed.enqueue("call", plan={"time": seed.now + HOUR})
    await seed.fire()
    assert await state(seed) == "SCHEDULED"
    await seed.advance(HOUR)
    await seed.fire()
    assert await state(seed) == "QUEUED", "and waits until it opens"


async def test_it_may_be_taken_back(seed: Seed) -> None:
    for name in ("left", "canceled", "lost"):
        owner = "pbx" if name == "lost" else ""
        await seed.enqueue(
            name, {"sales": 1}, owner=owner, owner_lease=SECOND if owner else 0, plan={"time": seed.now + HOUR}
        )
    keys = {
        "contact:left",
        "contacts:SCHEDULED",
        "contacts:ABANDONED",
        "deadlines",
        "clock",
        "events",
        "skill_contacts:sales",
    }
    async with changes(seed, keys, "CONTACT_ABANDONED"):
        await seed.abandon("left")
    await seed.cancel("canceled")
    await seed.advance(SECOND + SECOND // 2)
    await seed.fire()
    assert [await state(seed, name) for name in ("left", "canceled", "lost")] == ["ABANDONED", "CANCELED", "ABANDONED"]
    async with watched(seed) as step:
        await seed.advance(HOUR)
        await seed.fire()
    assert step.types == [], "their time comes to nothing"


async def test_a_skill_that_goes_meanwhile_is_no_longer_required(seed: Seed) -> None:
    await seed.enqueue("call", {"sales": 1}, plan={"time": seed.now + HOUR})
    await seed.store.skills.delete_skill(seed.center, "sales", force=True, request=None)
    await seed.advance(HOUR)
    await seed.fire()
    await seed.agent("ann")
    assert await seed.match() == [("call", 1, "ann")]


async def test_it_may_be_replayed(seed: Seed) -> None:
    await replays(seed, lambda request: seed.enqueue("call", plan={"time": seed.now + HOUR}, request=request))


async def test_not_further_than_30_days(seed: Seed) -> None:
    plan = {"time": seed.now + 30 * 24 * HOUR + SECOND}
    await refuses(seed, lambda r: seed.enqueue("call", plan=plan, request=r), "LIMIT_EXCEEDED", limit="30 days ahead")
