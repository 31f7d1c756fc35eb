from tests.store.seeds import Seed
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
