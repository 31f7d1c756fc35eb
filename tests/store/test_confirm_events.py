import pytest

from acd_server.errors import AcdError
from acd_server.store import scripts
from tests.store.consistency import dump
from tests.store.seeds import Seed
from tests.store.steps import changes, watched


async def stamps(seed: Seed) -> dict[int, int]:
    """Of every event."""
    history = await seed.store.events.read_events(seed.center, first=1, limit=100)
    return {event.sequence: event.stamp for event in history.events}


async def test_what_is_confirmed_never_goes_back(seed: Seed) -> None:
    client, stamp = seed.store.client, await stamps(seed)
    async with changes(seed, {"confirmed"}) as step:
        await scripts.confirm_events(client, seed.center, sequence=3, stamp=stamp[3])
    assert step.after["confirmed"] == b"3"
    async with watched(seed) as step:
        await scripts.confirm_events(client, seed.center, sequence=2, stamp=stamp[2])
    assert step.after["confirmed"] == b"3"


async def test_large_numbers_keep_every_digit(seed: Seed) -> None:
    number = 2**53 - 1
    await seed.command("XADD", "@events", f"{number}-0", "type", "CENTER_UPDATED", "time", "7")
    await scripts.confirm_events(seed.store.client, seed.center, sequence=number, stamp=7)
    assert await seed.command("GET", "@confirmed") == str(number).encode()
    await seed.command("XDEL", "@events", f"{number}-0")


async def test_an_event_that_was_lost_since_it_was_read_is_not_confirmed(seed: Seed) -> None:
    """Its number is given again, or is not there yet: nothing may be delivered that the store no longer has."""
    stamp = await stamps(seed)
    last, before = max(stamp), await dump(seed.store, seed.center)
    for sequence, other in ((last, stamp[last] + 1), (last + 1, stamp[last] + 1)):
        with pytest.raises(AcdError) as refused:
            await scripts.confirm_events(seed.store.client, seed.center, sequence=sequence, stamp=other)
        assert refused.value.reason == "NOT_REPLICATED"
    assert await dump(seed.store, seed.center) == before


async def test_an_event_that_is_no_longer_kept_is_confirmed(seed: Seed) -> None:
    """A contact may be in hand for longer than its last event is kept."""
    stamp = await stamps(seed)
    await seed.command("XTRIM", "@events", "MAXLEN", 1)
    await scripts.confirm_events(seed.store.client, seed.center, sequence=2, stamp=stamp[2])
    assert await seed.command("GET", "@confirmed") == b"2"


async def test_only_a_replicated_store_confirms(seed: Seed) -> None:
    await seed.store.events.confirm_events(seed.center, sequence=2, stamp=(await stamps(seed))[2])
    confirmed = await seed.command("GET", "@confirmed")
    assert confirmed == (b"2" if seed.store.client.replicated else None)
