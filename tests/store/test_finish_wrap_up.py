from acd.v1 import contact_pb2
from tests.store.seeds import RETENTION, Seed
from tests.store.steps import agent_free, changes, refuses, repeats, replays

KEYS = {"contact:call", "agent:ann", "counts", "deadlines", "clock", "events", "handled"}


async def test_the_contact_is_done_and_the_agent_free(seed: Seed) -> None:
    await seed.wrapping(skills={"billing": 1}, attributes={"a": "b"})
    keys = KEYS | agent_free("billing") | {"contacts:WRAP_UP", "contacts:COMPLETED"}
    async with changes(seed, keys, "CONTACT_COMPLETED") as step:
        contact, assignment = await seed.finish()
    at = int(step.events[0]["time"])
    assert contact.state == contact_pb2.CONTACT_STATE_COMPLETED
    assert dict(contact.attributes) == {"a": "b"}
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_COMPLETED
    assert step.after["deadlines"] == {"retain:call": at + RETENTION}
    assert step.after["available:VOICE:billing"] == {"ann": at}


async def test_after_a_transfer_only_the_assignment_ends(seed: Seed) -> None:
    await seed.active()
    await seed.requeue()
    keys = KEYS | agent_free() | {"candidates:VOICE||", "marked"}
    async with changes(seed, keys, "ASSIGNMENT_ENDED") as step:
        contact, assignment = await seed.finish()
    assert contact.state == contact_pb2.CONTACT_STATE_QUEUED
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_TRANSFERRED
    assert step.events[0]["assignment"] == "1"
    assert await seed.match() == [("call", 2, "ann")]


async def test_the_transferred_assignment_ends_while_another_agent_serves(seed: Seed) -> None:
    await seed.active()
    await seed.requeue()
    await seed.agent("ben")
    assert await seed.match() == [("call", 2, "ben")]
    async with changes(seed, KEYS | agent_free(), "ASSIGNMENT_ENDED"):
        contact, assignment = await seed.finish(number=1)
    assert contact.assignment.name.endswith("/2")
    assert assignment.name.endswith("/1")


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.wrapping()
    await replays(seed, lambda request: seed.finish(request=request))
    await repeats(seed, lambda request: seed.finish(request=request))


async def test_refusals(seed: Seed) -> None:
    await seed.offered()
    await refuses(seed, lambda r: seed.finish("nobody", 1, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.finish("call", 9, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.finish("call", 1, r), "WRONG_STATE", state="OFFERED")
    await seed.accept()
    await refuses(seed, lambda r: seed.finish("call", 1, r), "WRONG_STATE", state="ACTIVE")
    await seed.agent("ben")
    await seed.enqueue("chat")
    assert await seed.match() == [("chat", 1, "ben")]
    await seed.decline("chat")
    await refuses(seed, lambda r: seed.finish("chat", 1, r), "STALE_ASSIGNMENT", state="DECLINED")
