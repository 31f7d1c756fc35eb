from acd_server.store import scripts
from tests.store.seeds import SECOND, Seed
from tests.store.steps import changes, refuses

LEASE = 60 * SECOND


async def test_the_lease_counts_from_now(seed: Seed) -> None:
    await seed.offered("b", "ann", owner="pbx-1", skills={"sales": 1})
    await seed.active("c", "ben", owner="pbx-1", skills={"billing": 1})
    await seed.enqueue("a", owner="pbx-1", owner_lease=LEASE)
    await seed.advance(40 * SECOND)
    async with changes(seed, {"deadlines", "clock"}) as step:
        found = await seed.store.contacts.renew_owner(seed.center, "pbx-1", owner_lease=LEASE)
    assert found.waiting_count == 2, "who is served does not wait"
    assert found.expire_time.ToMicroseconds() == seed.now + LEASE
    assert step.after["deadlines"]["owner:pbx-1"] == seed.now + LEASE


async def test_a_repeat_at_the_same_time_writes_too(seed: Seed) -> None:
    """WAIT speaks of writes only: the same deadline again would be none."""
    await seed.store.contacts.renew_owner(seed.center, "pbx-1", owner_lease=LEASE)
    async with changes(seed, {"clock"}) as step:
        await seed.store.contacts.renew_owner(seed.center, "pbx-1", owner_lease=LEASE)
    assert int(step.after["clock"]["touches"]) == int(step.before["clock"]["touches"]) + 1


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(
        ghost,
        lambda _: scripts.renew_owner(seed.store.client, "ghost", owner="pbx-1", owner_lease=LEASE),
        "RESOURCE_NOT_FOUND",
        name="centers/ghost",
    )
