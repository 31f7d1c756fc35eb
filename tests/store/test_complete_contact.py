import pytest

from acd.v1 import contact_pb2
from tests.store.seeds import RETENTION, SECOND, WRAP_UP, Seed
from tests.store.steps import agent_free, changes, refuses, repeats, replays, watched

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
    async with changes(seed, KEYS | agent_free() | {"contacts:COMPLETED", "handled"}, "CONTACT_COMPLETED") as step:
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
    async with changes(seed, KEYS | {"contacts:COMPLETED", "handled"}, "CONTACT_COMPLETED"):
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


@pytest.mark.parametrize(
    ("policy", "channel", "length", "most"),
    [
        ({"wrap_up_mode": "NONE"}, "VOICE", 0, 0),
        ({"wrap_up_mode": "FIXED"}, "VOICE", WRAP_UP, 3600 * SECOND),
        ({"wrap_up_mode": "FIXED", "wrap_up_limit": SECOND}, "VOICE", WRAP_UP, WRAP_UP),
        ({"wrap_up_mode": "UNTIL_FINISHED", "wrap_up_time": 0}, "VOICE", 3600 * SECOND, 3600 * SECOND),
        ({"channel_wrap_up": '{"EMAIL": {"mode": "NONE", "time": 0}}'}, "EMAIL", 0, 0),
        ({"channel_wrap_up": '{"EMAIL": {"mode": "NONE", "time": 0}}'}, "CHAT", WRAP_UP, 3600 * SECOND),
        ({"channel_wrap_up": '{"CHAT": {"mode": "", "time": 5, "limit": 9}}'}, "CHAT", 5, 9),
        ({"channel_wrap_up": '{"CHAT": {"mode": "UNTIL_FINISHED", "time": 0, "limit": 9}}'}, "CHAT", 9, 9),
    ],
)
async def test_wrap_up_by_center_and_channel(
    seed: Seed, policy: dict[str, int | str], channel: str, length: int, most: int
) -> None:
    await seed.policy(**policy)
    await seed.active(channel=channel)
    async with watched(seed) as step:
        contact, assignment = await seed.complete()
    at = int(step.events[0]["time"])
    if not length:
        assert contact.state == contact_pb2.CONTACT_STATE_COMPLETED
        return
    assert contact.state == contact_pb2.CONTACT_STATE_WRAP_UP
    assert assignment.deadline.ToMicroseconds() == at + length
    assert assignment.wrap_up_limit_time.ToMicroseconds() == at + most
