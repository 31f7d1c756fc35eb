"""A new class looks for its agent among those who are available, at most 100 per call."""

import asyncio

from tests.store.consistency import check
from tests.store.seeds import Seed

MANY = 350


async def many(seed: Seed, count: int = MANY, first: int = 0) -> None:
    """Agents with billing on level 1, available in any order."""
    await asyncio.gather(*(seed.agent(f"agent{number}", {"billing": 1}) for number in range(first, first + count)))


async def all_leave(seed: Seed, count: int) -> None:
    await asyncio.gather(*(seed.state(f"agent{number}", "NOT_READY") for number in range(count)))


async def test_the_last_of_many_is_found_in_steps(seed: Seed) -> None:
    await many(seed, MANY - 1)
    await seed.agent("last", {"billing": 5})
    await seed.enqueue("call", {"billing": 5})
    for _ in range(3):
        assert await seed.match_once() == ([], True)
        assert (await seed.store.dispatch.get_work(seed.center)).matchable
    await check(seed.store, seed.center)
    assert await seed.match_once() == ([("call", 1, "last")], False)


async def test_the_smallest_set_is_walked(seed: Seed) -> None:
    await many(seed, 120)
    await seed.agent("last", {"billing": 5, "sales": 1})
    await seed.enqueue("call", {"billing": 5, "sales": 1})
    assert await seed.match_once() == ([("call", 1, "last")], False)


async def test_a_walk_that_finds_nobody_ends(seed: Seed) -> None:
    await many(seed, 120)
    await seed.enqueue("call", {"billing": 5})
    assert await seed.match_once() == ([], True)
    assert await seed.match_once() == ([], False)
    await seed.agent("late", {"billing": 5})
    assert await seed.match_once() == ([("call", 1, "late")], False)


async def test_an_undecided_class_keeps_its_agents_from_younger_contacts(seed: Seed) -> None:
    await seed.enqueue("young", {"english": 1})
    await seed.enqueue("unrelated", {"sales": 1})
    await many(seed, 100)
    await seed.agent("seller", {"sales": 1, "billing": 1})
    await many(seed, 250, 100)
    await seed.agent("last", {"billing": 5, "english": 1})
    await seed.enqueue("better", {"billing": 5}, priority=1)
    assert await seed.match_once() == ([("unrelated", 1, "seller")], True), "meanwhile others are paired"
    await check(seed.store, seed.center)
    assert await seed.match() == [("better", 1, "last")]
    assert (await seed.store.contacts.get_queue_position(seed.center, "young")).position == 1


async def test_who_becomes_free_behind_the_walk_with_an_older_idle_time_is_preferred(seed: Seed) -> None:
    await seed.agent("oldest", {"billing": 5})
    await seed.enqueue("other")
    assert await seed.match() == [("other", 1, "oldest")]
    await many(seed, 120)
    await seed.agent("last", {"billing": 5})
    await seed.enqueue("call", {"billing": 5})
    assert await seed.match_once() == ([], True)
    await seed.abandon("other")
    assert await seed.match() == [("call", 1, "oldest")]


async def test_a_walk_goes_on_when_those_ahead_change(seed: Seed) -> None:
    await many(seed, 150)
    await seed.agent("gone", {"billing": 5})
    await seed.agent("demoted", {"billing": 5})
    await seed.agent("last", {"billing": 5})
    await seed.enqueue("call", {"billing": 5})
    assert await seed.match_once() == ([], True)
    await seed.store.agents.delete_agent(seed.center, "gone", request=None)
    await seed.store.agents.add_agent_skill(seed.center, "demoted", "billing", 4, request=None)
    assert await seed.match() == [("call", 1, "last")]


async def test_when_the_contact_leaves_its_walk_is_forgotten(seed: Seed) -> None:
    await many(seed, 120)
    await seed.enqueue("call", {"billing": 5})
    assert await seed.match_once() == ([], True)
    await seed.cancel("call")
    space = await check(seed.store, seed.center)
    assert not {"walks", "marked", "classes"} & space.keys()
    assert await seed.match_once() == ([], False)


async def test_more_stale_candidates_than_one_call_drops(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 1})
    await many(seed, 250)
    await all_leave(seed, 250)
    await seed.agent("fresh", {"billing": 1})
    assert await seed.match_once() == ([], True)
    await check(seed.store, seed.center)
    assert await seed.match_once() == ([("call", 1, "fresh")], False)


async def test_stale_candidates_keep_agents_from_younger_contacts_too(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 1})
    await seed.enqueue("young")
    await many(seed, 250)
    await all_leave(seed, 250)
    await seed.agent("fresh", {"billing": 1})
    pairs = []
    for _ in range(6):
        pairs += (await seed.match_once())[0]
    assert pairs == [("call", 1, "fresh")]
