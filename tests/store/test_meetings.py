"""Agents who become free where more classes wait than one call looks at: they are made known to them in steps."""

import asyncio
from itertools import islice, product

import pytest

from tests.store.consistency import check
from tests.store.seeds import Seed

CLASSES = 1210
ALL = {"billing": 10, "english": 10, "sales": 10}


@pytest.fixture
async def crowded(seed: Seed) -> Seed:
    """Each contact waits in a class of its own, of those that Ann can take; she is not there yet."""
    await seed.agent("ann", ALL, presence="NOT_READY")
    levels = list(product(range(1, 11), range(11), range(11)))
    assert len(levels) == CLASSES
    rest = iter(range(CLASSES))
    while some := list(islice(rest, 100)):
        needs = [{s: n for s, n in zip(ALL, levels[i], strict=True) if n} for i in some]
        await asyncio.gather(*(seed.enqueue(f"c{i}", each) for i, each in zip(some, needs, strict=True)))
    assert not await seed.match()
    return seed


async def first_pairs(seed: Seed) -> list[tuple[str, int, str]]:
    """Of the call that makes any; it and those before it say that there is more to do."""
    for _ in range(2 + CLASSES // 500):
        pairs, more = await seed.match_once()
        assert more
        if pairs:
            return pairs
    raise AssertionError("some classes do not know everybody yet")


async def is_matchable(seed: Seed) -> bool:
    return (await seed.store.dispatch.get_work(seed.center)).matchable


async def test_he_gets_the_oldest_contact_when_all_classes_know_him(crowded: Seed) -> None:
    oldest = min((await check(crowded.store, crowded.center))["queue"].items(), key=lambda item: item[1])[0]
    await crowded.state("ann", "AVAILABLE")
    space = await check(crowded.store, crowded.center)
    assert set(space["unmet"]) == {"ann"}
    assert "marked" not in space
    assert await is_matchable(crowded)

    assert await crowded.match_once() == ([], True)
    space = await check(crowded.store, crowded.center)
    assert 500 <= len(space["marked"]) < CLASSES
    assert await first_pairs(crowded) == [(oldest, 1, "ann")]
    space = await check(crowded.store, crowded.center)
    assert not {"unmet", "meetings"} & space.keys()


async def test_nobody_who_is_free_for_less_time_gets_ahead_of_him(crowded: Seed) -> None:
    await crowded.agent("early", {"sales": 3})
    await crowded.state("ann", "AVAILABLE")
    await crowded.agent("late", {"sales": 3})
    # Ann could take it too, and has been free for longer than Late; Early is before both.
    await crowded.enqueue("young", {"sales": 2})
    await crowded.enqueue("younger", {"sales": 2})
    assert await crowded.match_once() == ([], True)
    await check(crowded.store, crowded.center)
    first, *others = await crowded.match()
    assert first[2] == "ann"
    assert others == [("young", 1, "early"), ("younger", 1, "late")]


async def test_who_is_gone_meanwhile_holds_up_nobody(crowded: Seed) -> None:
    await crowded.state("ann", "AVAILABLE")
    await crowded.match_once()
    await crowded.state("ann", "NOT_READY")
    await check(crowded.store, crowded.center)
    assert await crowded.match() == []
    space = await check(crowded.store, crowded.center)
    assert not {"unmet", "meetings", "marked"} & space.keys()
    assert not await is_matchable(crowded)


async def test_a_strategy_waits_until_he_is_known(crowded: Seed) -> None:
    await crowded.policy(strategy="BEST_FIT")
    await crowded.agent("early", {"sales": 3})
    await crowded.state("ann", "AVAILABLE")
    await crowded.enqueue("young", {"sales": 2})
    pairs = await first_pairs(crowded)
    assert {agent for _, _, agent in pairs} <= {"ann", "early"}
    assert pairs[0][2] == "ann"
    assert not (await check(crowded.store, crowded.center)).keys() & {"unmet", "meetings"}
