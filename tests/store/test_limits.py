"""Limits of what may wait, and of how long one contact may."""

from collections.abc import AsyncIterator

import pytest

from acd.v1 import contact_pb2
from acd_server.store import Store
from tests.store.seeds import MAX_WAIT, SECOND, START, Seed
from tests.store.steps import document, refuses, watched
from tests.support.cells import Cell


async def test_a_center_has_as_many_waiting_as_its_policy_says(seed: Seed) -> None:
    await seed.policy(max_waiting=2)
    await seed.enqueue("first", {"billing": 1})
    await seed.enqueue("second", {"sales": 1})
    center = f"centers/{seed.center}"
    await refuses(
        seed, lambda r: seed.enqueue("third", request=r), "QUEUE_FULL", name=center, limit="2", scope="center"
    )
    await seed.abandon("first")
    await seed.enqueue("third")
    await seed.policy(max_waiting=0)
    await seed.enqueue("fourth")


async def test_a_class_has_as_many_waiting_as_the_policy_says(seed: Seed) -> None:
    await seed.policy(max_class_waiting=1)
    await seed.enqueue("first", {"billing": 1})
    await refuses(
        seed, lambda r: seed.enqueue("call", {"billing": 1}, request=r), "QUEUE_FULL", limit="1", scope="class"
    )
    await seed.enqueue("level", {"billing": 2})
    await seed.enqueue("channel", {"billing": 1}, channel="CHAT")
    await seed.abandon("first")
    await seed.enqueue("call", {"billing": 1})


async def test_a_named_agents_own_queue_is_a_class(seed: Seed) -> None:
    await seed.policy(max_class_waiting=1)
    await seed.active("parent", "ann")
    for_ann: dict[str, int | str] = {"target": "ann", "wait": 60 * SECOND}
    await seed.enqueue("first", {"sales": 1}, plan=for_ann)
    await refuses(seed, lambda r: seed.enqueue("call", plan=for_ann, request=r), "QUEUE_FULL", scope="class")
    await seed.enqueue("call")


async def test_what_is_in_comes_back_beyond_the_limits(seed: Seed) -> None:
    """Declined, requeued, transferred, its time come: places were never given away."""
    await seed.active("served", "ann")
    await seed.offered("call", "bob")
    await seed.enqueue("later", plan={"time": seed.now + SECOND})
    await seed.enqueue("last")
    await seed.policy(max_waiting=1, max_class_waiting=1)
    await refuses(seed, lambda r: seed.enqueue("new", request=r), "QUEUE_FULL", limit="1")
    await seed.decline("call", retry_after=0)
    await seed.requeue("served")
    await seed.advance(SECOND)
    assert await seed.fire() == (1, False)
    async with watched(seed) as step:
        await seed.enqueue("at", plan={"time": seed.now + 60 * SECOND})
    assert step.after["queue"].keys() == {"call", "served", "later", "last"}
    assert document(step.after, "contact:at")["state"] == "SCHEDULED", "who calls back later does not wait"


async def test_a_time_that_has_passed_is_no_way_around_the_limit(seed: Seed) -> None:
    await seed.policy(max_waiting=1)
    await seed.enqueue("first")
    await refuses(seed, lambda r: seed.enqueue("call", plan={"time": START - SECOND}, request=r), "QUEUE_FULL")


@pytest.fixture
async def small(seed: Seed, store_url: str, cell: Cell) -> AsyncIterator[Seed]:
    """The same center through a server that allows three waiting contacts."""
    store = await Store.open(store_url, documents=cell.documents, clock="virtual", max_waiting=3)
    yield Seed(store, seed.center)
    await store.close()


async def test_the_lower_limit_of_server_and_policy_holds(small: Seed) -> None:
    await small.policy(max_waiting=5)
    for name in ("first", "second", "third"):
        await small.enqueue(name)
    await refuses(small, lambda r: small.enqueue("call", request=r), "QUEUE_FULL", limit="3", scope="center")
    await small.policy(max_waiting=2)
    await refuses(small, lambda r: small.enqueue("call", request=r), "QUEUE_FULL", limit="2", scope="center")


async def test_a_contact_may_have_its_own_longest_wait(seed: Seed) -> None:
    contact = await seed.enqueue("call", plan={"max_wait": 30 * SECOND})
    other = await seed.enqueue("other")
    assert contact.max_wait.ToMicroseconds() == 30 * SECOND
    assert contact.expire_time.ToMicroseconds() == contact.enqueue_time.ToMicroseconds() + 30 * SECOND
    assert not other.HasField("max_wait")
    assert other.expire_time.ToMicroseconds() == other.enqueue_time.ToMicroseconds() + MAX_WAIT
    await seed.advance(30 * SECOND - 1)
    assert await seed.fire() == (0, False)
    await seed.advance(100)
    async with watched(seed) as step:
        assert await seed.fire() == (1, False)
    assert step.types == ["CONTACT_EXPIRED"]
    ended = document(step.after, "contact:call")
    assert (ended["state"], ended["reason"]) == ("EXPIRED", "MAX_WAIT")


@pytest.mark.parametrize("verb", ["requeue", "transfer"])
async def test_after_service_it_begins_again(seed: Seed, verb: str) -> None:
    await seed.active(plan={"max_wait": 30 * SECOND})
    await seed.advance(100 * SECOND)
    contact, _ = await (seed.requeue() if verb == "requeue" else seed.transfer(skills={"sales": 1}))
    assert contact.state == contact_pb2.CONTACT_STATE_QUEUED
    assert contact.expire_time.ToMicroseconds() == contact.update_time.ToMicroseconds() + 30 * SECOND


async def test_of_a_scheduled_contact_it_counts_from_its_time(seed: Seed) -> None:
    await seed.enqueue("call", plan={"time": seed.now + 60 * SECOND, "max_wait": 30 * SECOND})
    await seed.enqueue("window", plan={"time": seed.now + 60 * SECOND, "max_wait": 30 * SECOND, "window": 10 * SECOND})
    await seed.advance(60 * SECOND)
    assert await seed.fire() == (2, False)
    for name, longest in (("call", 30), ("window", 10)):
        contact = await seed.store.contacts.get_contact(seed.center, name)
        ends = contact.expire_time.ToMicroseconds() - (START + 60 * SECOND)
        assert longest * SECOND <= ends <= longest * SECOND + 100
