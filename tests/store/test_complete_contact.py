from acd.v1 import contact_pb2
from tests.store.seeds import RETENTION, WRAP_UP, Seed
from tests.store.steps import agent_free, changes, refuses, repeats, replays

KEYS = {"contact:call", "agent:ann", "contacts:ACTIVE", "counts", "deadlines", "clock", "events"}


async def test_wrap_up_begins(seed: Seed) -> None:
    await seed.active(attributes={"a": "b"})
    async with changes(seed, KEYS | {"contacts:WRAP_UP"}, "CONTACT_WRAP_UP") as step:
        contact, assignment = await seed.complete()
    assert contact.state == contact_pb2.CONTACT_STATE_WRAP_UP
    assert dict(contact.attributes) == {"a": "b"}
    assert (assignment.state, assignment.outcome) == (
        contact_pb2.ASSIGNMENT_STATE_WRAP_UP,
        contact_pb2.OUTCOME_SERVED,
    )
    assert step.after["deadlines"] == {"wrap:call:1": int(step.events[0]["time"]) + WRAP_UP}
    assert await seed.match() == []


async def test_without_wrap_up_it_is_done_and_the_agent_free(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active()
    async with changes(seed, KEYS | agent_free() | {"contacts:COMPLETED"}, "CONTACT_COMPLETED") as step:
        contact, assignment = await seed.complete()
    at = int(step.events[0]["time"])
    assert contact.state == contact_pb2.CONTACT_STATE_COMPLETED
    assert contact.end_time == assignment.end_time == assignment.service_end_time
    assert step.after["deadlines"] == {"retain:call": at + RETENTION}
    assert step.after["available:VOICE"] == {"ann": at}


async def test_an_agent_who_left_is_not_available_afterwards(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active()
    await seed.state("ann", "NOT_READY", "lunch")
    async with changes(seed, KEYS | {"contacts:COMPLETED"}, "CONTACT_COMPLETED"):
        await seed.complete()


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.active()
    reply = await replays(seed, lambda request: seed.complete(request=request))
    await repeats(seed, lambda request: seed.complete(request=request))
    await seed.finish()
    await repeats(seed, lambda request: seed.complete(request=request))
    assert await replays(seed, lambda request: seed.complete(request=request)) == reply


async def test_refusals(seed: Seed) -> None:
    await seed.offered()
    await refuses(seed, lambda r: seed.complete("nobody", 1, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.complete("call", 2, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.complete("call", 1, r), "WRONG_STATE", state="OFFERED")
    await seed.accept()
    await seed.requeue()
    await refuses(seed, lambda r: seed.complete("call", 1, r), "STALE_ASSIGNMENT", state="WRAP_UP")
    await seed.finish()
    await refuses(seed, lambda r: seed.complete("call", 1, r), "STALE_ASSIGNMENT", state="TRANSFERRED")


async def test_a_lost_contact_cannot_be_completed(seed: Seed) -> None:
    await seed.policy(max_active=1_000)
    await seed.active()
    await seed.advance(2_000)
    await seed.fire()
    await refuses(seed, lambda r: seed.complete("call", 1, r), "WRONG_STATE", state="COMPLETED")
