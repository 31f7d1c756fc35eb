"""Overflow rules that are due when matching comes: what it fires, and how much of it in one call."""

import pytest

from tests.store.overflowing import Rule, after, call, expire, get, raised, replaced
from tests.store.seeds import Seed
from tests.store.steps import watched


@pytest.mark.parametrize("rules", [(raised(30),), (replaced(30, {"sales": 1}),)], ids=["priority", "skills"])
async def test_matching_knows_what_is_due(seed: Seed, rules: tuple[Rule, ...]) -> None:
    """The rule makes the contact first, or eligible; matching comes before the dispatcher's timer."""
    await seed.enqueue("older", {"sales": 1}) if rules[0]["id"] == "up" else None
    await call(seed, *rules, skills={"sales": 1} if rules[0]["id"] == "up" else {"billing": 1})
    await seed.enqueue("younger", {"sales": 1})
    await after(seed, 30)
    await seed.agent("ann", {"sales": 1})
    async with watched(seed) as step:
        assert await seed.match() == [("call", 1, "ann")]
    assert step.types == ["CONTACT_OVERFLOWED", "CONTACT_OFFERED"]
    assert await seed.fire() == (0, False)


async def test_matching_ends_a_wait_that_is_over(seed: Seed) -> None:
    await call(seed, expire(30), raised(31))
    await seed.enqueue("younger")
    await after(seed, 30.5)
    await seed.agent("ann")
    async with watched(seed) as step:
        assert await seed.match() == [("younger", 1, "ann")]
    assert step.types == ["CONTACT_EXPIRED", "CONTACT_OFFERED"]


async def test_what_matching_fires_is_work_of_its_call(seed: Seed) -> None:
    """Four rules and two pairs are allowed each call: nothing is paired before everything due has fired."""
    for number in range(4):
        await call(seed, raised(30 - number, 5 + number), name=f"call-{number}")
    await after(seed, 30)
    for agent in ("ann", "bob"):
        await seed.agent(agent)
    assert await seed.match_once(2) == ([], True)
    assert await seed.match_once(2) == ([], True)
    pairs, _ = await seed.match_once(2)
    assert pairs == [("call-3", 1, "ann"), ("call-2", 1, "bob")]


@pytest.mark.parametrize("by", ["match", "fire"])
async def test_the_rules_of_one_contact_are_work_too(seed: Seed, by: str) -> None:
    """Three rules are due and two are allowed each call: the third is the next call's, and fires all the same."""
    await call(seed, raised(10, 2, "a"), raised(20, 3, "b"), raised(30, 4, "c"))
    await after(seed, 30)
    async with watched(seed) as step:
        await (seed.match_once(2) if by == "match" else seed.fire(2))
    assert step.types == ["CONTACT_OVERFLOWED"] * 2
    async with watched(seed) as step:
        await (seed.match_once(2) if by == "match" else seed.fire(2))
    assert step.types == ["CONTACT_OVERFLOWED"]
    assert list((await get(seed)).fired_overflow_rules) == ["a", "b", "c"]
