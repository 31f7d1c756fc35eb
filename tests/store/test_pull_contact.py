from acd.v1 import contact_pb2
from tests.store.seeds import Seed
from tests.store.steps import QUEUE, agent_free, changes, refuses, repeats, replays

HELD = {"contact:call", "agent:ann", "contacts:QUEUED", "contacts:ACTIVE", "counts", "class:VOICE||"}
HELD |= {"waiting_classes", "last_offers"}


async def test_past_the_order(seed: Seed) -> None:
    """Neither the first contact nor the agent who has been available longest."""
    await seed.enqueue("first", {"billing": 1})
    await seed.enqueue("call")
    await seed.agent("longer")
    await seed.agent("ann")
    keys = QUEUE | HELD | agent_free() | {"candidates:VOICE||", "marked"}
    async with changes(seed, keys, "CONTACT_OFFERED", "CONTACT_ACCEPTED"):
        contact, assignment = await seed.pull()
    assert contact.state == contact_pb2.CONTACT_STATE_ACTIVE
    assert (assignment.pulled, assignment.agent) == (True, f"centers/{seed.center}/agents/ann")
    await seed.complete()


async def test_a_bar_does_not_count(seed: Seed) -> None:
    await seed.offered()
    await seed.decline()
    contact, _ = await seed.pull()
    assert contact.state == contact_pb2.CONTACT_STATE_ACTIVE


async def test_one_that_waits_for_him(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("call", {"sales": 9}, plan={"target": "ann", "wait": 10})
    contact, _ = await seed.pull()
    assert not contact.target_agent


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.enqueue("call")
    await replays(seed, lambda request: seed.pull(request=request))
    await repeats(seed, lambda request: seed.pull(request=request))


async def test_refusals(seed: Seed) -> None:
    await seed.enqueue("call", {"billing": 3})
    await seed.agent("ann", {"billing": 2})
    name = f"centers/{seed.center}/agents/ann"
    await refuses(seed, lambda r: seed.pull("gone", "call", r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.pull("ann", "gone", r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.pull("ann", "call", r), "NOT_ELIGIBLE", name=name, cause="SKILLS")
    await seed.state("ann", "NOT_READY", "lunch")
    await refuses(seed, lambda r: seed.pull("ann", "call", r), "NOT_ELIGIBLE", cause="NOT_AVAILABLE")
    await seed.active("other", "ben")
    await refuses(seed, lambda r: seed.pull("ben", "call", r), "NOT_ELIGIBLE", cause="FULL")
    await refuses(seed, lambda r: seed.pull("ann", "other", r), "WRONG_STATE", state="ACTIVE")
    await seed.state("ann", "AVAILABLE")
    await seed.enqueue("easy")
    await seed.store.centers.close_center(seed.center, expire_waiting=False, request=None)
    await refuses(seed, lambda r: seed.pull("ann", "easy", r), "CENTER_CLOSED")
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda r: ghost.pull("ann", "easy", r), "RESOURCE_NOT_FOUND", name="centers/ghost")
