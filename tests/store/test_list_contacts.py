from tests.store.seeds import Seed
from tests.store.steps import refuses, watched


async def listed(seed: Seed, state: str = "", limit: int = 2) -> list[list[str]]:
    pages, after = [], ""
    while True:
        found, after = await seed.store.contacts.list_contacts(seed.center, state=state, after=after, limit=limit)
        pages.append([contact.name.rsplit("/", 1)[1] for contact in found])
        if not after:
            return pages


async def test_pages_by_enqueue_time_and_by_state(seed: Seed) -> None:
    await seed.active("z", "ann")
    await seed.enqueue("y", priority=1)
    await seed.enqueue("x", priority=9)
    await seed.enqueue("w")
    await seed.abandon("w")
    await seed.enqueue("v")
    async with watched(seed) as step:
        assert await listed(seed) == [["z", "y"], ["x", "w"], ["v"]]
        assert await listed(seed, "QUEUED") == [["y", "x"], ["v"]]
        assert await listed(seed, "ACTIVE") == [["z"]]
        assert await listed(seed, "ABANDONED") == [["w"]]
        assert await listed(seed, "COMPLETED") == [[]]
    assert not step.keys


async def test_attributes_come_along(seed: Seed) -> None:
    await seed.enqueue("a", attributes={"k": "v"})
    await seed.enqueue("b")
    found, _ = await seed.store.contacts.list_contacts(seed.center, state="", after="", limit=9)
    assert [dict(contact.attributes) for contact in found] == [{"k": "v"}, {}]


async def test_a_page_ends_at_about_a_mebibyte_and_nothing_is_left_out(seed: Seed) -> None:
    names = [f"call-{number:02}" for number in range(12)]
    for name in names:
        await seed.enqueue(name, attributes={"k": "x" * 200_000})
    pages = await listed(seed, limit=100)
    assert [name for page in pages for name in page] == names
    assert [len(page) for page in pages] == [6, 6]


async def test_refusals(seed: Seed) -> None:
    contacts = seed.store.contacts
    await refuses(
        Seed(seed.store, "ghost"),
        lambda _: contacts.list_contacts("ghost", state="", after="", limit=1),
        "RESOURCE_NOT_FOUND",
        name="centers/ghost",
    )
