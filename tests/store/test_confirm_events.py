from acd_server.store import scripts
from tests.store.seeds import Seed
from tests.store.steps import changes, watched


async def test_what_is_confirmed_never_goes_back(seed: Seed) -> None:
    client = seed.store.client
    async with changes(seed, {"confirmed"}) as step:
        await scripts.confirm_events(client, seed.center, sequence=3)
    assert step.after["confirmed"] == b"3"
    async with watched(seed) as step:
        await scripts.confirm_events(client, seed.center, sequence=2)
    assert step.after["confirmed"] == b"3"


async def test_large_numbers_keep_every_digit(seed: Seed) -> None:
    number = 2**53 - 1
    await scripts.confirm_events(seed.store.client, seed.center, sequence=number)
    assert await seed.command("GET", "@confirmed") == str(number).encode()


async def test_only_a_replicated_store_confirms(seed: Seed) -> None:
    await seed.store.events.confirm_events(seed.center, sequence=2)
    confirmed = await seed.command("GET", "@confirmed")
    assert confirmed == (b"2" if seed.store.client.replicated else None)
