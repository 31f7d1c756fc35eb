"""EnqueueContact that makes the next pair in the same step, as the server asks for while a dispatcher watches it."""

import pytest

from acd.v1 import contact_pb2
from acd_server.errors import AcdError
from acd_server.store import RequestKey
from tests.store.seeds import SECOND, Seed
from tests.store.steps import changes, document, everything, watched

BOTH = ("CONTACT_ENQUEUED", "CONTACT_OFFERED")


async def _left(seed: Seed) -> dict[str, str]:
    """What a center has in the store, but for what is its own."""
    space = await everything(seed)
    del space["{_}:centers"]
    # Its history's number, and how often scripts touched it: each once.
    own = ("incarnation", "touches")
    space["clock"] = {name: text for name, text in space["clock"].items() if name not in own}
    return {key: repr(value).replace(seed.center, "CENTER") for key, value in space.items()}


async def _waits_for_agents(seed: Seed) -> None:
    """Free agents, a contact whom nobody can serve, and one whose agent came after him."""
    await seed.agent("ann", {"billing": 5})
    await seed.agent("bob", {"billing": 1, "english": 3})
    await seed.enqueue("french", {"sales": 1})
    await seed.enqueue("patient", {"english": 1})


async def test_it_leaves_what_enqueueing_and_one_match_leave(seed: Seed) -> None:
    other = Seed(seed.store, "o" * len(seed.center))  # events count their bytes
    await other.start()
    for one in (seed, other):
        await _waits_for_agents(one)
    apart = [await seed.enqueue("call", {"billing": 1}), await seed.match_once(1)]
    together = await other.enqueue("call", {"billing": 1}, match_one=True)
    assert apart[1] == ([("patient", 1, "bob")], True)
    assert await _left(seed) == await _left(other)
    assert together.name == f"centers/{other.center}/contacts/call"


async def test_who_is_free_gets_the_offer(seed: Seed) -> None:
    await seed.agent("ann")
    async with watched(seed) as step:
        contact = await seed.enqueue("call", match_one=True)
    assert step.types == list(BOTH)
    assert contact.state == contact_pb2.CONTACT_STATE_QUEUED, "it is told as it was enqueued"
    assert contact.sequence == int(step.after["clock"]["sequence"]) - 1
    assert document(step.after, "contact:call")["state"] == "OFFERED"
    assert await seed.match() == []


async def test_whoever_waits_longer_comes_first_and_one_pair_is_made(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.agent("bob")
    await seed.enqueue("first")
    async with watched(seed) as step:
        await seed.enqueue("second", match_one=True)
    assert step.types == list(BOTH)
    assert document(step.after, "contact:first")["assignments"][0]["agent"] == "ann"
    assert document(step.after, "contact:second")["state"] == "QUEUED"
    assert await seed.match() == [("second", 1, "bob")]


@pytest.mark.parametrize("skills", [{}, {"billing": 2}], ids=["anybody", "a level too high"])
async def test_where_nobody_can_take_it_it_only_waits(seed: Seed, skills: dict[str, int]) -> None:
    if skills:
        await seed.agent("ann", {"billing": 1})
    async with watched(seed) as step:
        await seed.enqueue("call", skills, match_one=True)
    assert step.types == ["CONTACT_ENQUEUED"]
    assert await seed.match() == []


async def test_one_for_later_is_offered_to_nobody(seed: Seed) -> None:
    await seed.agent("ann")
    async with watched(seed) as step:
        await seed.enqueue("call", plan={"time": seed.now + 60 * SECOND}, match_one=True)
    assert step.types == ["CONTACT_SCHEDULED"]


async def test_a_repeated_request_makes_no_pair(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.agent("bob")
    key = RequestKey("id-1", "print")
    first = await seed.enqueue("call", match_one=True, request=key)
    await seed.enqueue("waits")
    async with changes(seed, set()):
        assert await seed.enqueue("call", match_one=True, request=key) == first


async def test_a_refused_one_makes_no_pair(seed: Seed) -> None:
    await seed.enqueue("call")
    await seed.agent("ann")
    before = await everything(seed)
    with pytest.raises(AcdError, match="exists already"):
        await seed.enqueue("call", match_one=True)
    assert await everything(seed) == before


async def test_with_automatic_acceptance_it_is_taken(seed: Seed) -> None:
    await seed.policy(auto_accept=True)
    await seed.agent("ann")
    async with watched(seed) as step:
        await seed.enqueue("call", match_one=True)
    assert step.types == [*BOTH, "CONTACT_ACCEPTED"]


async def test_simulated_time_has_its_turns(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.store.simulation.advance_clock(seed.center, latest=seed.now + SECOND, seen_sequence=0)
    async with watched(seed) as step:
        await seed.enqueue("call", match_one=True)
    assert step.types == ["CONTACT_ENQUEUED"]
