from acd_server.store import scripts
from tests.store.seeds import START, Seed
from tests.store.steps import changes, refuses

CALENDAR = '{"time_zone": "UTC", "weekly": [], "exceptions": {}, "expire_waiting": false}'


async def test_what_changes_are_computed_from(seed: Seed) -> None:
    assert (await scripts.get_calendar(seed.store.client, seed.center))[:2] == [b"", b"0"]
    await seed.store.centers.update_center(seed.center, {"calendar": CALENDAR}, request=None)
    async with changes(seed, set()):
        found = await scripts.get_calendar(seed.store.client, seed.center)
    assert found[:2] == [CALENDAR.encode(), b"1"]
    assert START <= int(found[2]) < START + 100  # type: ignore[arg-type]  # text, as its header says


async def test_refusals(seed: Seed) -> None:
    await refuses(seed, lambda _: scripts.get_calendar(seed.store.client, "ghost"), "RESOURCE_NOT_FOUND")
