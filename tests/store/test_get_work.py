from tests.store.seeds import MAX_WAIT, OFFER, SECOND, Seed
from tests.store.steps import refuses, watched


async def test_nothing_then_something_to_match_then_deadlines(seed: Seed) -> None:
    work = seed.store.dispatch.get_work
    assert await work(seed.center) == (False, None, 0)
    await seed.enqueue("call")
    await seed.advance(SECOND)
    async with watched(seed) as step:
        found = await work(seed.center)
    assert (found.matchable, found.waiting) == (False, 1)
    assert found.due_in is not None
    assert MAX_WAIT - SECOND <= found.due_in <= MAX_WAIT - SECOND + 100, "but for the microseconds of stamps"
    assert not step.keys
    await seed.agent("ann")
    assert (await work(seed.center)).matchable
    await seed.match()
    await seed.advance(2 * OFFER)
    assert await work(seed.center) == (False, 0, 0)


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda _: seed.store.dispatch.get_work("ghost"), "RESOURCE_NOT_FOUND", name="centers/ghost")
