from acd.v1 import agent_pb2, contact_pb2
from tests.store.seeds import SECOND, Seed
from tests.store.steps import QUEUE, agent_free, changes, refuses, repeats, replays

KEYS = {"agent:ann", "clock", "events"}


async def test_an_agent_becomes_available(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 2}, presence="OFFLINE")
    keys = KEYS | agent_free("billing") | {"agents:OFFLINE", "agents:AVAILABLE", "counts", "signed_in:billing"}
    async with changes(seed, keys, "AGENT_STATE_CHANGED") as step:
        found = await seed.state("ann", "AVAILABLE")
    assert found.presence == agent_pb2.PRESENCE_AVAILABLE
    assert found.idle_time == found.update_time
    assert step.after["available:EMAIL:billing"] == {"ann": int(step.events[0]["time"])}


async def test_he_is_the_candidate_of_every_class_that_he_satisfies(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 2, "sales": 1}, presence="OFFLINE")
    await seed.enqueue("any")
    await seed.enqueue("both", {"billing": 1, "sales": 1})
    await seed.enqueue("chat", {"sales": 1}, channel="CHAT")
    await seed.enqueue("too-much", {"billing": 3})
    await seed.enqueue("other", {"billing": 1, "english": 1})
    candidates = {f"candidates:{name}" for name in ("VOICE||", "VOICE|billing=1,sales=1|", "CHAT|sales=1|")}
    keys = KEYS | agent_free("billing", "sales") | {"agents:OFFLINE", "agents:AVAILABLE", "counts", "marked"}
    keys |= {"signed_in:billing", "signed_in:sales"}
    async with changes(seed, keys | candidates, "AGENT_STATE_CHANGED"):
        await seed.state("ann", "AVAILABLE")


async def test_he_leaves_with_a_reason(seed: Seed) -> None:
    await seed.agent("ann")
    keys = KEYS | agent_free() | {"agents:AVAILABLE", "agents:NOT_READY"}
    async with changes(seed, keys, "AGENT_STATE_CHANGED"):
        found = await seed.state("ann", "NOT_READY", "lunch")
    assert found.presence_reason == "lunch"
    async with changes(seed, KEYS, "AGENT_STATE_CHANGED"):
        await seed.state("ann", "NOT_READY", "training")


async def test_leaving_revokes_the_open_offer(seed: Seed) -> None:
    await seed.offered()
    keys = KEYS | QUEUE | {"agents:AVAILABLE", "agents:OFFLINE", "counts", "contact:call"}
    keys |= {"contacts:OFFERED", "contacts:QUEUED", "class:VOICE||", "waiting_classes"}
    async with changes(seed, keys, "AGENT_STATE_CHANGED", "CONTACT_REVOKED"):
        found = await seed.state("ann", "OFFLINE")
    assert not found.assignments
    contact = await seed.store.contacts.get_contact(seed.center, "call")
    assert contact.assignment.revoke_reason == contact_pb2.REVOKE_REASON_AGENT_LEFT
    await seed.state("ann", "AVAILABLE")
    assert await seed.match() == [("call", 2, "ann")], "he is not barred"


async def test_leaving_keeps_what_is_served(seed: Seed) -> None:
    await seed.active()
    async with changes(seed, KEYS | {"agents:AVAILABLE", "agents:OFFLINE"}, "AGENT_STATE_CHANGED"):
        await seed.state("ann", "OFFLINE")
    await seed.complete()
    await seed.finish()
    assert not (await seed.store.agents.get_agent(seed.center, "ann")).assignments


async def test_coming_back_while_serving_makes_nobody_free(seed: Seed) -> None:
    await seed.active()
    await seed.state("ann", "NOT_READY")
    await seed.enqueue("next")
    async with changes(seed, KEYS | {"agents:AVAILABLE", "agents:NOT_READY"}, "AGENT_STATE_CHANGED"):
        await seed.state("ann", "AVAILABLE")
    assert await seed.match() == []


async def test_idle_time_starts_when_he_enters_the_state_only(seed: Seed) -> None:
    await seed.agent("ann")
    first = (await seed.store.agents.get_agent(seed.center, "ann")).idle_time
    await seed.advance(SECOND)
    found = await seed.state("ann", "AVAILABLE", "early shift")
    assert found.idle_time == first


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.agent("ann", presence="OFFLINE")
    await replays(seed, lambda request: seed.state("ann", "AVAILABLE", request=request))
    await repeats(seed, lambda request: seed.state("ann", "AVAILABLE", request=request))


async def test_refusals(seed: Seed) -> None:
    name = f"centers/{seed.center}/agents/ann"
    await refuses(seed, lambda r: seed.state("ann", "AVAILABLE", request=r), "RESOURCE_NOT_FOUND", name=name)


async def test_only_the_reasons_of_the_center(seed: Seed) -> None:
    await seed.store.centers.update_center(seed.center, {"not_ready_reasons": '["lunch"]'}, request=None)
    await seed.agent("ann")
    name = f"centers/{seed.center}"
    await refuses(seed, lambda r: seed.state("ann", "NOT_READY", "nap", r), "UNKNOWN_REASON", name=name)
    await refuses(seed, lambda r: seed.state("ann", "NOT_READY", "nap", r, after_work=True), "UNKNOWN_REASON")
    assert (await seed.state("ann", "NOT_READY", "lunch")).presence_reason == "lunch"
    assert (await seed.state("ann", "OFFLINE")).presence == agent_pb2.PRESENCE_OFFLINE
