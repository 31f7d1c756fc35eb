from acd_server.store import Store
from tests.store.seeds import Seed


async def test_pages_by_id(store: Store) -> None:
    for name in ("c", "a", "b-2", "b", "b1"):
        await Seed(store, name).start()
    pages, after = [], ""
    while True:
        found, after = await store.centers.list_centers(after=after, limit=2)
        pages.append([center.name.removeprefix("centers/") for center in found])
        if not after:
            break
    assert pages == [["a", "b"], ["b-2", "b1"], ["c"]]


async def test_none(store: Store) -> None:
    assert await store.centers.list_centers(after="", limit=2) == ([], "")


async def test_a_full_last_page_ends_the_list(store: Store) -> None:
    for name in ("a", "b"):
        await Seed(store, name).start()
    found, after = await store.centers.list_centers(after="", limit=2)
    assert (len(found), after) == (2, "")
