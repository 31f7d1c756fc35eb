"""Another priority or credit: a new place, and what the rule makes of both."""

import pytest

from acd.v1 import contact_pb2
from acd_server.store import RequestKey
from tests.store.seeds import SECOND, Seed
from tests.store.steps import changes, document, refuses, repeats, replays, watched


async def reprioritize(
    seed: Seed, name: str = "call", priority: int = 5, credit: int | None = None, request: RequestKey | None = None
) -> contact_pb2.Contact:
    return await seed.store.contacts.reprioritize_contact(
        seed.center, name, priority=priority, credit=credit, request=request
    )


async def test_a_waiting_contact_moves_in_queue_and_class(seed: Seed) -> None:
    await seed.enqueue("older", attributes={"a": "b"})
    await seed.enqueue("call")
    keys = {"contact:call", "queue", "class:VOICE||", "heads", "clock", "events"}
    async with changes(seed, keys, "CONTACT_REPRIORITIZED") as step:
        contact = await reprioritize(seed)
    assert (contact.priority, contact.rank) == (5, contact.enqueue_time.ToMicroseconds() - 5 * 10**14)
    assert min(step.after["queue"], key=step.after["queue"].__getitem__) == "call"
    keys = {"contact:call", "queue", "class:VOICE||", "heads", "clock", "events"}
    async with changes(seed, keys, "CONTACT_REPRIORITIZED"):
        await reprioritize(seed, priority=0)
    await seed.agent("ann")
    assert (await seed.match())[0][0] == "older", "back in its old place"


async def test_an_offered_contact_comes_back_to_its_new_place(seed: Seed) -> None:
    await seed.offered()
    async with changes(seed, {"contact:call", "clock", "events"}, "CONTACT_REPRIORITIZED"):
        await reprioritize(seed)
    await seed.enqueue("younger", priority=4)
    await seed.decline(retry_after=0)
    assert (await seed.match())[0][0] == "call"


async def test_head_start(seed: Seed) -> None:
    """A point is worth 10 s: nine seconds of waiting are less than one point, eleven more."""
    await seed.policy(priority_rule="HEAD_START", head_start=10 * SECOND)
    await seed.enqueue("first")
    await seed.advance(2 * SECOND)
    await seed.enqueue("second")
    await seed.advance(9 * SECOND)
    await seed.enqueue("urgent", priority=1)
    await seed.agent("ann")
    assert (await seed.match())[0][0] == "first"
    await seed.agent("bob")
    assert (await seed.match())[0][0] == "urgent"


async def test_credit(seed: Seed) -> None:
    """Credit gives a place, not a wait; under STRICT it never beats a priority."""
    await seed.enqueue("older")
    await seed.advance(SECOND)
    contact = await seed.store.contacts.enqueue_contact(
        seed.center,
        "call",
        channel="VOICE",
        skills={},
        priority=0,
        attributes={},
        owner="",
        owner_lease=0,
        plan={"credit": 2 * SECOND},
        request=None,
    )
    assert contact.rank == contact.enqueue_time.ToMicroseconds() - 2 * SECOND
    assert contact.credit.ToMicroseconds() == 2 * SECOND
    await seed.agent("ann")
    assert (await seed.match())[0][0] == "call"


async def test_equal_ranks_are_kept_apart(seed: Seed) -> None:
    """Both would have the rank of the older one."""
    await seed.enqueue("older")
    await seed.enqueue("call")
    async with watched(seed) as step:
        await reprioritize(seed, priority=0, credit=1)
    ranks = sorted(step.after["queue"].values())
    assert ranks == [ranks[0], ranks[0] + 1]
    assert document(step.after, "contact:call")["credit"] == "1"


async def test_the_rule_holds_for_who_comes_after_it(seed: Seed) -> None:
    await seed.enqueue("before", priority=1)
    await seed.policy(priority_rule="HEAD_START", head_start=10 * SECOND)
    rank = (await seed.store.contacts.get_contact(seed.center, "before")).rank
    assert (await reprioritize(seed, "before", priority=1)).rank == rank, "nothing changes"
    assert (await reprioritize(seed, "before", priority=2)).rank == rank + 10**14 - 20 * SECOND


async def test_it_is_harmless_to_repeat(seed: Seed) -> None:
    await seed.enqueue("call")
    await reprioritize(seed)
    await repeats(seed, lambda request: reprioritize(seed, request=request))
    await replays(seed, lambda request: reprioritize(seed, priority=7, request=request))


@pytest.mark.parametrize("state", ["active", "ended"])
async def test_who_is_served_or_gone_has_no_place(seed: Seed, state: str) -> None:
    if state == "active":
        await seed.active()
    else:
        await seed.enqueue("call")
        await seed.abandon()
    await refuses(seed, lambda request: reprioritize(seed, request=request), "WRONG_STATE")


async def test_a_contact_that_does_not_exist(seed: Seed) -> None:
    await refuses(seed, lambda request: reprioritize(seed, request=request), "RESOURCE_NOT_FOUND")
