import pytest

from acd.v1 import contact_service_pb2
from tests.store.seeds import MAX_ACTIVE, SECOND, Seed
from tests.store.steps import refuses, watched


async def test_places_in_the_queue_and_in_the_class(seed: Seed) -> None:
    await seed.enqueue("first", {"sales": 1})
    await seed.enqueue("second")
    await seed.enqueue("third", {"sales": 1})
    await seed.enqueue("urgent", {"sales": 1}, priority=1)
    places = {}
    async with watched(seed) as step:
        for name in ("first", "second", "third", "urgent"):
            found = await seed.store.contacts.get_queue_position(seed.center, name)
            places[name] = (found.position, found.class_position, found.waiting_count)
    assert places == {"urgent": (1, 1, 4), "first": (2, 2, 4), "second": (3, 1, 4), "third": (4, 3, 4)}
    contact = await seed.store.contacts.get_contact(seed.center, "third")
    found = await seed.store.contacts.get_queue_position(seed.center, "third")
    assert found.enqueue_time == contact.enqueue_time
    assert not step.keys


async def test_refusals(seed: Seed) -> None:
    async def position(name: str) -> object:
        return await seed.store.contacts.get_queue_position(seed.center, name)

    await refuses(seed, lambda _: position("nobody"), "RESOURCE_NOT_FOUND")
    await seed.offered()
    name = f"centers/{seed.center}/contacts/call"
    await refuses(seed, lambda _: position("call"), "WRONG_STATE", name=name, state="OFFERED")


MINUTE = 60 * SECOND


async def estimate(seed: Seed, contact: str) -> contact_service_pb2.GetQueuePositionResponse:
    return await seed.store.contacts.get_queue_position(seed.center, contact)


async def test_the_estimate_and_its_inputs(seed: Seed) -> None:
    """Two agents, six minutes a call on average: 360 s / 2 * 3 + 10 s for the third in the queue."""
    await seed.policy(wrap_up_time=0)
    for agent, length in (("ann", 4 * MINUTE), ("ben", 8 * MINUTE)):
        await seed.active(f"old-{agent}", agent, skills={"billing": 2})
        await seed.advance(length)
        await seed.complete(f"old-{agent}")
        await seed.enqueue(f"now-{agent}", {"billing": 1})
        await seed.match()
    for name in ("a", "b", "c"):
        await seed.enqueue(name, {"billing": 1})
    found = await estimate(seed, "c")
    inputs = found.estimate
    assert (inputs.active_agents, inputs.available_agents, inputs.queued) == (2, 0, 3)
    assert (inputs.handled_count, inputs.complete) == (2, True)
    assert inputs.handle_time.ToMicroseconds() == pytest.approx(6 * MINUTE, abs=100)
    assert found.estimated_wait.ToMicroseconds() == pytest.approx(6 * MINUTE / 2 * 3 + 10 * SECOND, abs=300)


async def test_what_counts_by_its_share(seed: Seed) -> None:
    """Calls for sales come first, but only one of the two billing agents could take them; he counts half when free."""
    await seed.policy(wrap_up_time=0)
    await seed.agent("ann", {"billing": 1, "sales": 1}, "OFFLINE")
    await seed.agent("ben", {"billing": 1}, "NOT_READY")
    for name in ("s1", "s2"):
        await seed.enqueue(name, {"sales": 1})
    await seed.enqueue("mine", {"billing": 1})
    found = await estimate(seed, "mine")
    assert (found.position, found.estimate.active_agents, found.estimate.queued) == (3, 1, 1), "only ben is signed in"
    await seed.state("ann", "AVAILABLE")
    found = await estimate(seed, "mine")
    assert (found.estimate.active_agents, found.estimate.available_agents) == (2, 0.5)
    assert found.estimate.queued == 1 + 2 / 2
    assert not found.HasField("estimated_wait"), "nothing was served within the last hour"


async def test_when_it_is_unknown(seed: Seed) -> None:
    await seed.served("old", "ann", MINUTE)
    await seed.enqueue("mine")
    assert (await estimate(seed, "mine")).HasField("estimated_wait")
    assert not (await chat_estimate(seed)).HasField("estimated_wait"), "no chat was served"
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    assert not (await estimate(seed, "mine")).HasField("estimated_wait"), "closed"
    await seed.store.centers.open_center(seed.center, make_available=False, request=None)
    await seed.state("ann", "OFFLINE")
    assert not (await estimate(seed, "mine")).HasField("estimated_wait"), "nobody is signed in"
    await seed.state("ann", "AVAILABLE")
    await seed.advance(66 * MINUTE)
    assert (await estimate(seed, "mine")).estimate.handled_count == 0, "an hour ago"


async def chat_estimate(seed: Seed) -> contact_service_pb2.GetQueuePositionResponse:
    await seed.enqueue("chat", channel="CHAT")
    return await estimate(seed, "chat")


async def test_what_was_lost_or_not_answered_is_no_handle_time(seed: Seed) -> None:
    await seed.offered("declined", "ann")
    await seed.decline("declined")
    await seed.agent("ben")
    assert await seed.match() == [("declined", 2, "ben")]
    await seed.accept("declined", 2)
    await seed.advance(MAX_ACTIVE)
    await seed.fire()
    await seed.enqueue("mine")
    assert (await estimate(seed, "mine")).estimate.handled_count == 0


async def test_more_classes_than_are_looked_at(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1}, "NOT_READY")
    for number in range(60):
        await seed.store.skills.create_skill(seed.center, f"s{number}", display_name="", request=None)
        await seed.enqueue(f"c{number}", {f"s{number}": 1})
    await seed.enqueue("mine", {"billing": 1})
    found = await estimate(seed, "mine")
    assert (found.position, found.estimate.complete, found.estimate.queued) == (61, False, 1)


async def test_who_holds_out_gets_one_of_them_or_his_turn_afterwards(seed: Seed) -> None:
    """Ann, alone, would take a mean call; after it holds out there are two, and one contact before it."""
    await seed.served("old", "ann", 100 * SECOND)
    await seed.agent("ben")
    await seed.state("ben", "NOT_READY")
    await seed.state("ann", "NOT_READY")
    await seed.enqueue("first")
    await seed.enqueue("mine", plan={"preferred": "ann", "hold": 40 * SECOND})
    found = await estimate(seed, "mine")
    assert (found.position, found.class_position) == (2, 1)
    # For the two of them: 100 s / 2 * 2 + 10 s = 110 s; for ann alone: 100 s * 2 + 10 s.
    assert (found.estimate.active_agents, found.estimate.queued) == (2, 2)
    assert found.estimated_wait.ToMicroseconds() == pytest.approx(110 * SECOND, abs=SECOND // 10)
    await seed.enqueue("long", plan={"preferred": "ann", "hold": 300 * SECOND})
    found = await estimate(seed, "long")
    # Ann is the third contact's in 3 * 100 s + 10 s; its turn comes before its time is over, after 300 s.
    assert (found.estimate.active_agents, found.estimate.queued) == (2, 2.5), "ben cannot serve mine"
    assert found.estimated_wait.ToMicroseconds() == pytest.approx(300 * SECOND, abs=SECOND // 10)
    await seed.abandon("first")
    await seed.abandon("mine")
    found = await estimate(seed, "long")
    assert (found.estimate.active_agents, found.estimate.queued) == (1, 1)
    assert found.estimated_wait.ToMicroseconds() == pytest.approx(110 * SECOND, abs=SECOND // 10)
