from acd_server.store import Store, scripts
from tests.store.seeds import Seed
from tests.store.steps import refuses, watched


async def test_reading_changes_nothing(seed: Seed) -> None:
    async with watched(seed) as step:
        found = await seed.store.centers.get_center(seed.center)
    assert found.display_name == "Center"
    assert found.sequence == 1
    assert not step.keys


async def test_a_center_that_the_registry_lost_is_listed_again(seed: Seed, store: Store, store_url: str) -> None:
    await store.client.command(store.client.topology.node_of("{_}:"), "DEL", "{_}:centers")
    other = await Store.open(store_url, clock="virtual")
    try:
        await other.centers.get_center(seed.center)
        assert await store.centers.list_ids(after="", limit=9) == [seed.center]
    finally:
        await other.close()


async def test_refusals(store: Store) -> None:
    ghost = Seed(store, "ghost")
    await refuses(ghost, lambda _: store.centers.get_center("ghost"), "RESOURCE_NOT_FOUND", name="centers/ghost")


async def test_the_texts_are_numbers_to_the_last_digit(seed: Seed) -> None:
    (raw,) = await scripts.get_center(seed.store.client, seed.center)
    assert isinstance(raw, bytes)
    assert b'"max_wait":"600000000"' in raw
