"""What cannot be matched never delays what can be: it is passed over in the same call.

How long a script takes depends on the machine; how often it asks the store does not. So the
bounds here are counts of calls and commands; benchmarks/match_adversary.py has the times.
"""

import asyncio
import os
import re

import pytest

from tests.store.seeds import Seed

FREE = int(os.environ.get("ACD_CROWD", "500"))
"""Agents of a kind, or a few less; `make independence` has 5 000: a center may have 10 000 in all."""

CLASSES = min(8 * FREE, 4_096)
"""4 096 may wait in a center."""

COMMANDS = 1_000
"""The most that a call asks of the store, whatever waits for nobody."""


async def crowd(seed: Seed, count: int, prefix: str, **skills: int) -> None:
    for first in range(0, count, 500):
        await asyncio.gather(*(seed.agent(f"{prefix}{n}", skills) for n in range(first, min(first + 500, count))))


async def commands(seed: Seed) -> int:
    """Commands that the store has executed, those of scripts with them."""
    told = (await seed.command("INFO", "commandstats")).decode()
    return sum(int(calls) for calls in re.findall(r"cmdstat_\S+:calls=(\d+)", told))


async def shorten(seed: Seed) -> None:
    """Of the history of a crowd, what a test that looks at all of the store can read at once."""
    await seed.command("XTRIM", f"{{{seed.center}}}:events", "MAXLEN", "100")


async def in_one_call(seed: Seed) -> tuple[list[str], bool]:
    before = await commands(seed)
    pairs, more = await seed.match_once()
    assert await commands(seed) - before < COMMANDS
    return sorted(contact for contact, _, _ in pairs), more


@pytest.mark.timeout(300)
async def test_who_waits_for_nobody_delays_nobody(seed: Seed) -> None:
    """Two crowds of whom nobody has both skills, and all of whom are one level too low for the third."""
    await crowd(seed, FREE, "a", billing=5, english=4)
    await crowd(seed, FREE - 10, "b", sales=5, english=4)
    for number in range(20):
        await seed.enqueue(f"both{number}", {"billing": 1 + number % 5, "sales": 1 + number // 5})
    for level in range(5, 10):
        await seed.enqueue(f"high{level}", {"english": level})
    await seed.enqueue("one", {"billing": 1})
    await seed.enqueue("other", {"sales": 1})
    await seed.enqueue("anybody")
    assert await in_one_call(seed) == (["anybody", "one", "other"], True)
    # In the middle of the walks, too, and for whoever comes.
    await seed.enqueue("next", {"english": 4})
    await seed.agent("useless", {})
    assert await in_one_call(seed) == (["next"], True)
    calls = 0
    more = True
    while more:
        pairs, more = await in_one_call(seed)
        calls += 1
        assert pairs == []
        assert calls < 25 * 2 * FREE / 20, "every call goes on by 20 agents of each class, at least"
    await seed.enqueue("last", {"sales": 5})
    assert await in_one_call(seed) == (["last"], False), "and afterwards nobody looks for them any more"
    await seed.agent("able", {"billing": 5, "sales": 5})
    assert await in_one_call(seed) == (["both0"], False), "but whoever comes is known to all who waited for him"
    await shorten(seed)


@pytest.mark.timeout(300)
async def test_who_could_serve_every_class_gets_the_oldest_contact_when_all_know_her(seed: Seed) -> None:
    skills = [f"s{number}" for number in range(42)]
    for skill in skills:
        await seed.store.skills.create_skill(seed.center, skill, display_name="", request=None)
    wanted = [
        {skills[0]: 1 + first, skill: 1 + second} for skill in skills[1:] for first in range(10) for second in range(10)
    ]
    await seed.enqueue("oldest", wanted[0])
    for first in range(1, CLASSES, 500):
        many = range(first, min(first + 500, CLASSES))
        await asyncio.gather(*(seed.enqueue(f"c{number}", wanted[number]) for number in many))
    await seed.agent("ann", dict.fromkeys(skills, 10))
    calls, pairs = 0, list[str]()
    while not pairs:
        pairs, more = await in_one_call(seed)
        calls += 1
        assert more
        assert calls <= 2 + CLASSES / 500, "every call makes her known to 500 classes, at least"
    assert pairs == ["oldest"]
    await shorten(seed)
