import asyncio

from acd_server.store import Store, scripts
from tests.store.seeds import START, Seed
from tests.store.steps import refuses, watched


async def enqueue(seed: Seed, numbers: range) -> None:
    await asyncio.gather(*(seed.enqueue(f"call-{number}") for number in numbers))


async def test_events_are_dense_and_rise_in_time(seed: Seed) -> None:
    await seed.offered(attributes={"a": "b"})
    await seed.accept()
    await seed.complete()
    await seed.finish()
    async with watched(seed) as step:
        found = await seed.store.events.read_events(seed.center, first=1, limit=100)
    assert not step.keys
    assert [event.sequence for event in found.events] == list(range(1, len(found.events) + 1))
    stamps = [event.stamp for event in found.events]
    assert stamps == sorted(set(stamps))
    assert (found.oldest, found.oldest_stamp) == (1, START)
    assert (found.last, found.last_stamp) == (found.events[-1].sequence, stamps[-1])
    assert found.incarnation == step.after["clock"]["incarnation"]
    assert [event.fields["type"] for event in found.events[4:]] == [
        "AGENT_CREATED",
        "AGENT_STATE_CHANGED",
        "CONTACT_ENQUEUED",
        "CONTACT_OFFERED",
        "CONTACT_ACCEPTED",
        "CONTACT_WRAP_UP",
        "CONTACT_COMPLETED",
    ]
    assert [event.sequence for event in found.events if "attributes" in event.fields] == [7]


async def test_parts_of_the_history(seed: Seed) -> None:
    async def numbers(first: int, limit: int) -> list[int]:
        found = await seed.store.events.read_events(seed.center, first=first, limit=limit)
        return [event.sequence for event in found.events]

    await enqueue(seed, range(120))
    assert await numbers(3, 2) == [3, 4]
    assert await numbers(10, 107) == list(range(10, 117))
    assert await numbers(124, 5) == [124]
    assert await numbers(125, 5) == []
    assert await numbers(1, 0) == []


async def test_a_batch_ends_at_about_a_mebibyte(seed: Seed) -> None:
    for number in range(60):
        await seed.enqueue(f"call-{number}", attributes={"k": "x" * 60_000})
    found = await seed.store.events.read_events(seed.center, first=5, limit=1000)
    assert len(found.events) == 50, "pages of 50: the first is more than that"
    rest = await seed.store.events.read_events(seed.center, first=55, limit=1000)
    assert [event.sequence for event in rest.events] == list(range(55, 65))


async def test_history_forgets_what_is_beyond_its_maximum(store: Store, store_url: str, center: str) -> None:
    short = await Store.open(store_url, documents=store.client.variant.documents, clock="virtual", history_max=200)  # type: ignore[arg-type]
    try:
        seed = Seed(short, center)
        await seed.start()
        await enqueue(seed, range(400))
        found = await short.events.read_events(center, first=1, limit=1000)
    finally:
        await short.close()
    assert found.oldest == found.events[0].sequence == 200
    assert found.last == 404


async def test_history_forgets_what_is_older_than_15_minutes(seed: Seed) -> None:
    await enqueue(seed, range(150))
    await seed.advance(16 * 60_000_000)
    await enqueue(seed, range(150, 300))
    found = await seed.store.events.read_events(seed.center, first=1, limit=1)
    assert found.oldest == 100
    await seed.advance(16 * 60_000_000)
    await enqueue(seed, range(300, 400))
    found = await seed.store.events.read_events(seed.center, first=1, limit=1)
    assert found.oldest == 300


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(
        ghost,
        lambda _: scripts.read_events(seed.store.client, "ghost", first=1, limit=1),
        "RESOURCE_NOT_FOUND",
        name="centers/ghost",
    )
