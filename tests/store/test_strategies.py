"""Whom a center's strategy chooses of those who could take a contact, and among how many it chooses."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.invariants.model import Model, ModelAgent
from tests.store.consistency import check
from tests.store.seeds import RETRY, SECOND, SKILLS, Seed

STRATEGIES = ("LONGEST_AVAILABLE", "LEAST_LOADED", "BEST_FIT", "LEAST_SKILLED", "ROUND_ROBIN")
COMPARED = 200
MANY = 1000

BLENDED: dict[str, Any] = {"VOICE": {"cost": 40, "most": 1}, "CHAT": {"cost": 20, "most": 1}, "EMAIL": {"cost": 30}}


ROOMS: tuple[tuple[int, dict[str, dict[str, int]]], ...] = (
    (0, {}),
    (0, {"VOICE": {"cost": 60, "most": 1}, "CHAT": {"cost": 20, "most": 2}}),
    (150, {"VOICE": {"cost": 60, "most": 2}, "CHAT": {"cost": 50, "most": 2}}),
)
"""Capacity (0: the policy's) and costs."""


async def crowd(seed: Seed, first: int, count: int, **given: Any) -> None:
    """Agents agent<first>…, of whom the first has been available longest."""
    names = [f"agent{number}" for number in range(first, first + count)]
    await seed.agent(names[0], **given)
    await asyncio.gather(*(seed.agent(name, **given) for name in names[1:]))


async def lesser_in_fit(seed: Seed, first: int, count: int) -> None:
    await crowd(seed, first, count, skills={"billing": 8})


async def lesser_in_skills(seed: Seed, first: int, count: int) -> None:
    await crowd(seed, first, count, skills={"billing": 10, "english": 1})


async def loaded(seed: Seed, first: int, count: int) -> None:
    """Each holds a chat, taken by turns."""
    await crowd(seed, first, count, skills={"billing": 9, "english": 1}, costs=BLENDED)
    names = [f"chat{number}" for number in range(first, first + count)]
    await asyncio.gather(*(seed.enqueue(name, {"english": 1}, channel="CHAT") for name in names))
    assert len(await seed.match(32)) == count


async def offered_before(seed: Seed, first: int, count: int) -> None:
    """Each was offered an e-mail, which was revoked; that leaves the idle time."""
    await crowd(seed, first, count, skills={"billing": 9, "english": 1})
    names = [f"mail{number}" for number in range(first, first + count)]
    await asyncio.gather(*(seed.enqueue(name, {"english": 1}, channel="EMAIL") for name in names))
    assert len(await seed.match(32)) == count
    await asyncio.gather(*(seed.abandon(name) for name in names))


LESSER: dict[str, Callable[[Seed, int, int], Awaitable[None]]] = {
    "BEST_FIT": lesser_in_fit,
    "LEAST_SKILLED": lesser_in_skills,
    "LEAST_LOADED": loaded,
    "ROUND_ROBIN": offered_before,
}
"""Brings agents who come after one with billing on level 9 and nothing else."""


@pytest.mark.parametrize("strategy", LESSER)
@pytest.mark.parametrize("place", [COMPARED, COMPARED + 1])
async def test_the_best_of_a_thousand_counts_if_he_is_among_the_200_longest_available(
    seed: Seed, strategy: str, place: int
) -> None:
    await LESSER[strategy](seed, 0, place - 1)
    await seed.agent("best", {"billing": 9}, costs=BLENDED if strategy == "LEAST_LOADED" else {})
    await LESSER[strategy](seed, place, MANY - place)
    await seed.policy(strategy=strategy)
    await seed.enqueue("call", {"billing": 8})
    chosen = "best" if place <= COMPARED else "agent0"
    assert await seed.match() == [("call", 1, chosen)]


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_of_equals_who_has_been_available_longest(seed: Seed, strategy: str) -> None:
    await seed.policy(strategy=strategy)
    for name in ("c", "a", "b"):
        await seed.agent(name, {"billing": 5, "sales": 1})
    for number in range(3):
        await seed.enqueue(f"call{number}", {"billing": 1})
    assert [agent for _, _, agent in await seed.match()] == ["c", "a", "b"]


async def test_best_fit_adds_up_the_levels_of_the_required_skills_only(seed: Seed) -> None:
    await seed.policy(strategy="BEST_FIT")
    await seed.agent("seller", {"billing": 3, "english": 3, "sales": 10})
    await seed.agent("even", {"billing": 4, "english": 4})
    await seed.agent("uneven", {"billing": 10, "english": 1})
    await seed.enqueue("both", {"billing": 2, "english": 1})
    await seed.enqueue("one", {"english": 1})
    await seed.enqueue("none")
    assert await seed.match() == [("both", 1, "uneven"), ("one", 1, "even"), ("none", 1, "seller")]


async def test_least_skilled_counts_skills_not_levels(seed: Seed) -> None:
    await seed.policy(strategy="LEAST_SKILLED")
    await seed.agent("all", {"billing": 1, "english": 1, "sales": 1})
    await seed.agent("two", {"billing": 10, "english": 10})
    await seed.agent("one", {"sales": 10})
    await seed.agent("nothing")
    for number in range(4):
        await seed.enqueue(f"call{number}")
    assert [agent for _, _, agent in await seed.match()] == ["nothing", "one", "two", "all"]


async def test_a_skill_that_is_gained_counts_at_once(seed: Seed) -> None:
    await seed.policy(strategy="LEAST_SKILLED")
    await seed.agent("ann", {"billing": 1})
    await seed.agent("bob", {"billing": 1, "english": 1})
    await seed.store.agents.update_agent(
        seed.center, "ann", display_name=None, skills=dict.fromkeys(SKILLS, 1), capacity=None, costs=None, request=None
    )
    await seed.enqueue("call", {"billing": 1})
    assert await seed.match() == [("call", 1, "bob")]


async def test_load_is_a_share_over_all_channels(seed: Seed) -> None:
    """ann holds 60 of 200, bob 50 of 100, cid 20 of 100, and dan none, who is the last to come."""
    await seed.agent(
        "ann", {"english": 1}, costs={"EMAIL": {"cost": 60, "most": 1}, "VOICE": {"cost": 10}}, capacity=200
    )
    await seed.agent("bob", {"billing": 1, "sales": 1}, costs=BLENDED)
    await seed.agent("cid", {"sales": 1}, costs=BLENDED)
    for name, channel, skill in (
        ("mail-ann", "EMAIL", "english"),
        ("mail-bob", "EMAIL", "billing"),
        ("chat-bob", "CHAT", "sales"),
        ("chat-cid", "CHAT", "sales"),
    ):
        await seed.enqueue(name, {skill: 1}, channel=channel)
        assert len(await seed.match()) == 1
    await seed.agent("dan")
    await seed.policy(strategy="LEAST_LOADED")
    for number in range(4):
        await seed.enqueue(f"call{number}")
    # ann goes on taking calls: with one, she has 70 of 200 in use, with two 80.
    assert [agent for _, _, agent in await seed.match()] == ["dan", "cid", "ann", "ann"]


async def test_equal_shares_of_different_capacities_are_a_tie(seed: Seed) -> None:
    await seed.agent("big", costs={"CHAT": {"cost": 60, "most": 1}, "VOICE": {"cost": 60}}, capacity=200)
    await seed.agent("small", costs={"CHAT": {"cost": 30, "most": 1}, "VOICE": {"cost": 30}}, capacity=100)
    await seed.enqueue("chat0", channel="CHAT")
    await seed.enqueue("chat1", channel="CHAT")
    assert [agent for _, _, agent in await seed.match()] == ["big", "small"]
    await seed.policy(strategy="LEAST_LOADED")
    await seed.enqueue("call")
    assert await seed.match() == [("call", 1, "big")]


async def test_load_follows_a_change_of_capacity(seed: Seed) -> None:
    """20 of 100 are less than 20 of 60."""
    await seed.policy(strategy="LEAST_LOADED")
    for name in ("ann", "bob"):
        await seed.agent(name, costs={"CHAT": {"cost": 20, "most": 1}, "VOICE": {"cost": 20}})
        await seed.enqueue(f"chat-{name}", channel="CHAT")
        assert await seed.match() == [(f"chat-{name}", 1, name)]
    await seed.store.agents.update_agent(
        seed.center, "ann", display_name=None, skills=None, capacity=60, costs=None, request=None
    )
    await seed.enqueue("call")
    assert await seed.match() == [("call", 1, "bob")]


async def test_round_robin_gives_everybody_a_turn_before_anybody_has_a_second_one(seed: Seed) -> None:
    """Though some are done at once and idle for longer, and some become available anew."""
    await seed.policy(strategy="ROUND_ROBIN", wrap_up_time=0)
    names = [f"agent{number}" for number in range(7)]
    for name in names:
        await seed.agent(name)
    chance, turns = random.Random(4), []
    for number in range(4 * len(names)):
        await seed.advance(SECOND)
        await seed.enqueue(f"call{number}")
        ((contact, assignment, agent),) = await seed.match()
        turns.append(agent)
        await seed.accept(contact, assignment)
        await seed.complete(contact, assignment)
        again = chance.choice(names)
        await seed.state(again, "NOT_READY")
        await seed.state(again, "AVAILABLE")
    for first in range(0, len(turns), len(names)):
        assert sorted(turns[first : first + len(names)]) == names
    assert turns[: len(names)] == turns[len(names) : 2 * len(names)]


async def test_round_robin_counts_every_offer_whatever_became_of_it_and_pulls(seed: Seed) -> None:
    for name in ("declined", "pulled", "revoked", "never"):
        await seed.agent(name)
    await seed.enqueue("a")
    assert await seed.match() == [("a", 1, "declined")]
    await seed.decline("a")
    await seed.pull("pulled", "a")
    await seed.enqueue("b")
    assert await seed.match() == [("b", 1, "revoked")]
    await seed.abandon("b")
    await seed.policy(strategy="ROUND_ROBIN")
    await seed.complete("a", 2)
    await seed.finish("a", 2)
    for number in range(4):
        await seed.enqueue(f"call{number}")
    assert [agent for _, _, agent in await seed.match()] == ["never", "declined", "pulled", "revoked"]


async def test_another_strategy_holds_from_the_next_match_on(seed: Seed) -> None:
    """Each has his own favourite among the same agents, and the default comes back when it is unset."""
    await seed.agent("longest", {"billing": 5, "english": 1, "sales": 1})
    await seed.agent("best", {"billing": 9, "english": 1, "sales": 1})
    await seed.agent("simple", {"billing": 5})
    for number, (strategy, chosen) in enumerate(
        [("BEST_FIT", "best"), ("LEAST_SKILLED", "simple"), ("", "longest"), ("LONGEST_AVAILABLE", "longest")]
    ):
        await seed.enqueue(f"call{number}", {"billing": 1})
        await seed.policy(strategy=strategy)
        assert await seed.match() == [(f"call{number}", 1, chosen)]
        await seed.abandon(f"call{number}")


async def test_barred_and_named_agents(seed: Seed) -> None:
    """The best one declined, and is not compared; a contact for a named agent goes to nobody else."""
    await seed.policy(strategy="BEST_FIT", wrap_up_time=0)
    await seed.agent("good", {"billing": 5})
    await seed.agent("best", {"billing": 9})
    await seed.agent("better", {"billing": 7})
    await seed.enqueue("call", {"billing": 1})
    assert await seed.match() == [("call", 1, "best")]
    await seed.decline()
    assert await seed.match() == [("call", 2, "better")]
    await seed.accept(number=2)
    await seed.transfer(number=2, agent="good")
    assert await seed.match() == [("call", 3, "good")]


async def test_a_walk_that_is_not_over_has_not_chosen(seed: Seed) -> None:
    """200 agents are looked at in a call: who is good enough already still waits for who is better."""
    await seed.policy(strategy="BEST_FIT")
    await seed.agent("first", {"billing": 5})
    await crowd(seed, 0, 300, skills={"billing": 1})
    await seed.agent("last", {"billing": 9})
    await seed.enqueue("call", {"billing": 5})
    assert await seed.match_once() == ([], True)
    assert (await seed.store.dispatch.get_work(seed.center)).matchable
    await check(seed.store, seed.center)
    assert await seed.match_once() == ([("call", 1, "last")], False)


async def test_an_undecided_class_keeps_all_whom_it_could_take_from_younger_contacts(seed: Seed) -> None:
    await seed.policy(strategy="BEST_FIT")
    await seed.enqueue("young", {"english": 1})
    await seed.enqueue("unrelated", {"sales": 1})
    await seed.agent("first", {"billing": 5, "english": 1})
    await seed.agent("seller", {"sales": 1})
    await crowd(seed, 0, 300, skills={"billing": 1})
    await seed.agent("last", {"billing": 9})
    await seed.enqueue("better", {"billing": 5}, priority=1)
    assert await seed.match_once() == ([("unrelated", 1, "seller")], True)
    assert await seed.match() == [("better", 1, "last"), ("young", 1, "first")]


async def test_who_is_201st_is_compared_when_an_older_contact_takes_one_of_the_200(seed: Seed) -> None:
    """The younger contact must not choose before that: though nobody wants whom it would take."""
    await seed.policy(strategy="BEST_FIT")
    await seed.enqueue("young", {"english": 1})
    await seed.agent("first", {"english": 5})
    await crowd(seed, 0, 300, skills={"billing": 1})
    await seed.agent("both", {"billing": 9, "english": 1})
    await crowd(seed, 300, COMPARED - 2, skills={"english": 1})
    await seed.agent("best", {"english": 9})
    await seed.enqueue("old", {"billing": 9}, priority=1)
    assert await seed.match_once() == ([], True)
    assert await seed.match() == [("old", 1, "both"), ("young", 1, "best")]


async def test_many_stale_candidates_are_dropped_in_several_calls(seed: Seed) -> None:
    await seed.policy(strategy="LEAST_SKILLED")
    await seed.enqueue("call", {"billing": 1})
    await seed.enqueue("young")
    await crowd(seed, 0, 500, skills={"billing": 1, "english": 1})
    await asyncio.gather(*(seed.state(f"agent{number}", "NOT_READY") for number in range(500)))
    await seed.agent("two", {"billing": 1, "sales": 1})
    await seed.agent("one", {"billing": 1})
    assert await seed.match_once() == ([], True)
    assert await seed.match() == [("call", 1, "one"), ("young", 1, "two")]


async def test_who_comes_back_behind_the_walk_is_compared(seed: Seed) -> None:
    await seed.policy(strategy="BEST_FIT")
    await seed.agent("best", {"billing": 9})
    await seed.enqueue("other")
    assert await seed.match() == [("other", 1, "best")]
    await seed.agent("good", {"billing": 5})
    await crowd(seed, 0, 300, skills={"billing": 1})
    await seed.enqueue("call", {"billing": 5})
    assert await seed.match_once() == ([], True)
    await seed.abandon("other")
    assert await seed.match() == [("call", 1, "best")]


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_it_pairs_as_the_reference_matcher_does(seed: Seed, strategy: str) -> None:
    """Random agents, more than are compared and walked in one call, of different skills and rooms, and contacts."""
    chance = random.Random(strategy)
    policy: dict[str, int | bool | str] = {"wrap_up_time": 0, "retry_delay": RETRY, "strategy": strategy}
    model = Model(policy={**policy, "wrap_up_mode": "NONE"}, now=seed.now, skills=dict.fromkeys(SKILLS, False))

    def skills(least: int) -> dict[str, int]:
        return {skill: chance.randint(1, 3) for skill in chance.sample(SKILLS, chance.randint(least, 2))}

    async def enqueue(count: int) -> None:
        for index in range(len(model.contacts), len(model.contacts) + count):
            wanted, priority = skills(0), chance.choice((0, 0, 0, 1))
            channel = chance.choice(("VOICE", "CHAT"))
            await seed.enqueue(f"call{index}", wanted, priority=priority, channel=channel)
            model.enqueue(f"call{index}", wanted, priority, "", channel)

    await seed.policy(**policy)
    names = [f"agent{index}" for index in range(320)]
    for name in names:
        capacity, costs = chance.choice(ROOMS)
        model.create_agent(name, skills(1), capacity, costs)
    await asyncio.gather(*(_hire(seed, name, model.agents[name]) for name in names))
    await enqueue(10)
    chance.shuffle(names)
    for name in names:
        await seed.state(name, "AVAILABLE")
        model.set_presence(name, "AVAILABLE")
    await enqueue(60)
    chosen: Counter[str] = Counter()
    for _ in range(2):
        pairs = await seed.match(7)
        assert sorted(pairs) == sorted(model.match())
        chosen.update(agent for _, _, agent in pairs)
        for name, assignment, _ in chance.sample(pairs, len(pairs) // 2):
            verb = chance.choice(("decline", "requeue", "accept"))
            await getattr(seed, verb)(name, assignment)
            getattr(model, verb)(name, assignment)
        await enqueue(20)
    assert len(chosen) > 10


async def _hire(seed: Seed, name: str, agent: ModelAgent) -> None:
    await seed.agent(name, agent.skills, "OFFLINE", capacity=agent.capacity or None, costs=agent.own_costs)
