"""What comes after work: `set_agent_state` with after_work, and every end of work that brings it about."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from acd.v1 import agent_pb2
from tests.store.seeds import MAX_ACTIVE, OFFER, SECOND, WRAP_UP, Seed
from tests.store.steps import agent_free, changes, document, repeats, watched

KEYS = {"agent:ann", "clock", "events"}


async def test_a_working_agent_drains(seed: Seed) -> None:
    await seed.active()
    async with changes(seed, KEYS, "AGENT_STATE_CHANGED"):
        found = await seed.state("ann", "NOT_READY", "lunch", after_work=True)
    assert (found.presence, found.draining) == (agent_pb2.PRESENCE_AVAILABLE, True)
    assert (found.next_presence, found.next_presence_reason) == (agent_pb2.PRESENCE_NOT_READY, "lunch")
    await repeats(seed, lambda request: seed.state("ann", "NOT_READY", "lunch", request, after_work=True))
    await seed.complete()
    keys = KEYS | {"agents:AVAILABLE", "agents:NOT_READY", "contact:call", "contacts:WRAP_UP", "contacts:COMPLETED"}
    async with changes(seed, keys | {"counts", "deadlines", "handled"}, "CONTACT_COMPLETED", "AGENT_STATE_CHANGED"):
        await seed.finish()
    found = await seed.store.agents.get_agent(seed.center, "ann")
    assert (found.presence, found.presence_reason, found.draining) == (agent_pb2.PRESENCE_NOT_READY, "lunch", False)
    assert found.next_presence == agent_pb2.PRESENCE_UNSPECIFIED


async def test_who_drains_takes_nothing_though_there_is_room(seed: Seed) -> None:
    """Neither from those who wait, nor from those who come, until he is back."""
    create = seed.store.agents.create_agent
    await create(seed.center, "ann", display_name="", skills={"billing": 1}, capacity=300, request=None)
    await seed.state("ann", "AVAILABLE")
    await seed.enqueue("call", {"billing": 1})
    assert await seed.match() == [("call", 1, "ann")]
    await seed.accept()
    async with changes(seed, KEYS | agent_free("billing"), "AGENT_STATE_CHANGED"):
        await seed.state("ann", "NOT_READY", "lunch", after_work=True)
    await seed.enqueue("next", {"billing": 1})
    await seed.enqueue("anybody")
    assert await seed.match() == []
    await seed.state("ann", "AVAILABLE")
    assert await seed.match() == [("next", 1, "ann"), ("anybody", 1, "ann")]


async def test_with_nothing_in_hand_it_comes_at_once(seed: Seed) -> None:
    await seed.agent("ann")
    async with changes(
        seed, KEYS | agent_free() | {"agents:AVAILABLE", "agents:OFFLINE", "counts"}, "AGENT_STATE_CHANGED"
    ):
        found = await seed.state("ann", "OFFLINE", after_work=True)
    assert found.presence == agent_pb2.PRESENCE_OFFLINE


async def test_the_last_command_wins(seed: Seed) -> None:
    await seed.active()
    await seed.state("ann", "OFFLINE", after_work=True)
    await seed.state("ann", "NOT_READY", "lunch", after_work=True)
    idle = document((await seen(seed)), "agent:ann")["idle"]
    async with changes(seed, KEYS, "AGENT_STATE_CHANGED"):
        found = await seed.state("ann", "AVAILABLE")
    assert not found.draining
    assert document((await seen(seed)), "agent:ann")["idle"] == idle, "he never left"
    await seed.complete()
    await seed.finish()
    assert (await seed.store.agents.get_agent(seed.center, "ann")).presence == agent_pb2.PRESENCE_AVAILABLE
    await seed.enqueue("next")
    assert await seed.match() == [("next", 1, "ann")]


async def seen(seed: Seed) -> dict[str, Any]:
    async with watched(seed) as step:
        pass
    return step.after


async def test_a_break_may_end_with_the_work(seed: Seed) -> None:
    await seed.active()
    await seed.state("ann", "NOT_READY", "call back")
    found = await seed.state("ann", "AVAILABLE", after_work=True)
    assert (found.presence, found.draining) == (agent_pb2.PRESENCE_NOT_READY, False)
    await seed.complete()
    async with watched(seed) as step:
        await seed.finish()
    assert step.types == ["CONTACT_COMPLETED", "AGENT_STATE_CHANGED"]
    assert step.after["available:VOICE"] == {"ann": int(step.events[1]["time"])}


async def test_an_open_offer_may_still_be_answered(seed: Seed) -> None:
    await seed.offered()
    await seed.state("ann", "OFFLINE", after_work=True)
    await seed.accept()
    await seed.complete()
    await seed.finish()
    assert (await seed.store.agents.get_agent(seed.center, "ann")).presence == agent_pb2.PRESENCE_OFFLINE


async def fire_at(seed: Seed, us: int) -> None:
    await seed.advance(us)
    await seed.fire()


ENDS: list[tuple[str, Callable[[Seed], Awaitable[Any]], str]] = [
    ("offered", lambda seed: seed.decline(), "CONTACT_DECLINED"),
    ("offered", lambda seed: seed.requeue(), "CONTACT_REVOKED"),
    ("offered", lambda seed: seed.abandon(), "CONTACT_ABANDONED"),
    ("offered", lambda seed: seed.cancel(), "CONTACT_CANCELED"),
    ("offered", lambda seed: fire_at(seed, OFFER + SECOND // 2), "CONTACT_MISSED"),
    ("offered", lambda seed: fire_at(seed, OFFER + 2 * SECOND), "CONTACT_REVOKED"),
    ("active", lambda seed: fire_at(seed, MAX_ACTIVE + SECOND), "CONTACT_COMPLETED"),
    ("wrapping", lambda seed: seed.finish(), "CONTACT_COMPLETED"),
    ("wrapping", lambda seed: fire_at(seed, WRAP_UP + SECOND), "CONTACT_COMPLETED"),
]


@pytest.mark.parametrize(("state", "end", "event"), ENDS)
async def test_every_end_of_work(seed: Seed, state: str, end: Callable[[Seed], Awaitable[Any]], event: str) -> None:
    """Even a miss that would make the agent NOT_READY: what he said himself comes."""
    await seed.policy(max_missed_offers=1)
    await getattr(seed, state)()
    await seed.state("ann", "OFFLINE", after_work=True)
    async with watched(seed) as step:
        await end(seed)
    assert step.types == [event, "AGENT_STATE_CHANGED"]
    found = await seed.store.agents.get_agent(seed.center, "ann")
    assert (found.presence, found.presence_reason) == (agent_pb2.PRESENCE_OFFLINE, "")


async def test_without_wrap_up_the_end_of_service_is_the_end_of_work(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active()
    await seed.state("ann", "OFFLINE", after_work=True)
    async with watched(seed) as step:
        await seed.complete()
    assert step.types == ["CONTACT_COMPLETED", "AGENT_STATE_CHANGED"]
    await seed.active("two", "ben")
    await seed.state("ben", "OFFLINE", after_work=True)
    async with watched(seed) as step:
        await seed.requeue("two")
    assert step.types == ["CONTACT_TRANSFERRED", "AGENT_STATE_CHANGED"]


async def test_a_lost_owner_ends_an_offer_and_the_work(seed: Seed) -> None:
    await seed.offered(owner="pbx", owner_lease=SECOND)
    await seed.state("ann", "OFFLINE", after_work=True)
    async with watched(seed) as step:
        await fire_at(seed, SECOND + SECOND // 2)
    assert step.types == ["CONTACT_ABANDONED", "AGENT_STATE_CHANGED"]
