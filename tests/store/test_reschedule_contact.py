from acd.v1 import contact_pb2
from tests.store.seeds import RETENTION, SECOND, WRAP_UP, Seed
from tests.store.steps import agent_free, changes, refuses, repeats, replays, watched

MINUTE = 60 * SECOND
KEYS = {"contact:call", "agent:ann", "contacts:ACTIVE", "counts", "deadlines", "clock", "events"}


async def test_the_customer_is_tried_again_later(seed: Seed) -> None:
    await seed.active(plan={"attempts": 2, "delay": 10 * MINUTE})
    async with changes(seed, KEYS | {"contacts:SCHEDULED"}, "CONTACT_SCHEDULED") as step:
        contact, assignment = await seed.reschedule()
    at = int(step.events[0]["time"])
    assert (contact.state, contact.attempt_count) == (contact_pb2.CONTACT_STATE_SCHEDULED, 1)
    assert (assignment.state, assignment.outcome) == (
        contact_pb2.ASSIGNMENT_STATE_WRAP_UP,
        contact_pb2.OUTCOME_NOT_REACHED,
    )
    assert step.after["deadlines"] == {"begin:call": at + 10 * MINUTE, "wrap:call:1": at + WRAP_UP}
    async with changes(seed, KEYS - {"contacts:ACTIVE"} | agent_free(), "ASSIGNMENT_ENDED"):
        await seed.finish()
    await seed.advance(10 * MINUTE + SECOND)
    await seed.fire()
    assert await seed.match() == [("call", 2, "ann")]
    await seed.accept(number=2)
    async with changes(seed, KEYS | {"contacts:EXPIRED"}, "CONTACT_EXPIRED"):
        contact, _ = await seed.reschedule(number=2)
    assert contact.end_reason == contact_pb2.END_REASON_MAX_ATTEMPTS
    async with watched(seed) as step:
        await seed.finish(number=2)
    assert step.types == ["ASSIGNMENT_ENDED"]
    assert step.after["deadlines"].keys() == {"retain:call"}


async def test_without_wrap_up(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active()
    async with changes(seed, KEYS | agent_free() | {"contacts:EXPIRED"}, "CONTACT_EXPIRED") as step:
        contact, assignment = await seed.reschedule()
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_COMPLETED
    assert contact.end_reason == contact_pb2.END_REASON_MAX_ATTEMPTS, "one attempt, if nobody says otherwise"
    assert step.after["deadlines"] == {"retain:call": int(step.events[0]["time"]) + RETENTION}


async def test_when(seed: Seed) -> None:
    """As the verb says, else as the contact does, else in a quarter of an hour."""
    await seed.active("one", "ann", plan={"attempts": 9, "delay": MINUTE})
    contact, assignment = await seed.reschedule("one", delay=5 * MINUTE)
    ended = assignment.service_end_time.ToMicroseconds()
    assert contact.schedule_time.ToMicroseconds() == ended + 5 * MINUTE
    await seed.active("two", "ben", plan={"attempts": 9})
    contact, assignment = await seed.reschedule("two")
    assert contact.schedule_time.ToMicroseconds() == assignment.service_end_time.ToMicroseconds() + 15 * MINUTE


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.active(plan={"attempts": 5})
    await replays(seed, lambda request: seed.reschedule(request=request))
    await repeats(seed, lambda request: seed.reschedule(request=request))


async def test_work_ends_with_it(seed: Seed) -> None:
    await seed.policy(wrap_up_time=0)
    await seed.active(plan={"attempts": 5})
    await seed.state("ann", "OFFLINE", after_work=True)
    async with watched(seed) as step:
        await seed.reschedule()
    assert step.types == ["CONTACT_SCHEDULED", "AGENT_STATE_CHANGED"]


async def test_refusals(seed: Seed) -> None:
    await seed.offered(plan={"attempts": 2})
    await refuses(seed, lambda r: seed.reschedule("nobody", 1, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.reschedule("call", 1, r), "WRONG_STATE", state="OFFERED")
    await seed.accept()
    await seed.reschedule()
    await refuses(seed, lambda r: seed.complete("call", 1, r), "STALE_ASSIGNMENT")
    await seed.finish()
    await refuses(seed, lambda r: seed.complete("call", 1, r), "STALE_ASSIGNMENT")
