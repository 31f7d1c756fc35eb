from acd.v1 import contact_pb2
from tests.store.seeds import RETRY, SECOND, Seed
from tests.store.steps import QUEUE, agent_free, changes, document, refuses, repeats, replays, watched

BACK = {"contact:call", "agent:ann", "contacts:OFFERED", "contacts:QUEUED", "counts"}


async def test_the_contact_goes_back_to_its_place_and_bars_the_agent(seed: Seed) -> None:
    await seed.offered(attributes={"a": "b"})
    before = await seed.store.contacts.get_contact(seed.center, "call")
    keys = QUEUE | BACK | agent_free() | {"class:VOICE||ann", "waiting_classes", "marked", "walks"}
    async with changes(seed, keys, "CONTACT_DECLINED") as step:
        contact, assignment = await seed.decline()
    at = int(step.events[0]["time"])
    assert contact.state == contact_pb2.CONTACT_STATE_QUEUED
    assert contact.enqueue_time == before.enqueue_time
    assert dict(contact.attributes) == {"a": "b"}
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_DECLINED
    assert step.after["queue"] == {"call": float(document(step.before, "contact:call")["enqueue"])}
    assert step.after["deadlines"]["bar:call"] == at + RETRY
    assert step.after["available:VOICE"] == {"ann": at}, "idle time starts again"
    assert await seed.match() == []


async def test_without_a_retry_delay_nobody_is_barred(seed: Seed) -> None:
    await seed.policy(retry_delay=0)
    await seed.offered()
    keys = QUEUE | BACK | agent_free() | {"class:VOICE||", "waiting_classes", "marked", "walks"}
    async with changes(seed, keys, "CONTACT_DECLINED"):
        await seed.decline()
    assert await seed.match() == [("call", 2, "ann")]


async def test_the_agent_says_when_to_ask_again(seed: Seed) -> None:
    await seed.offered()
    async with watched(seed) as step:
        _, assignment = await seed.decline(retry_after=90 * SECOND)
    over = int(step.events[0]["time"]) + 90 * SECOND
    assert step.after["deadlines"]["bar:call"] == over
    assert assignment.retry_time.ToMicroseconds() == over
    await seed.agent("ben")
    assert await seed.match() == [("call", 2, "ben")]
    _, assignment = await seed.decline(number=2, retry_after=0)
    assert not assignment.HasField("retry_time")
    assert await seed.match() == [("call", 3, "ben")]


async def test_the_last_offer_that_a_contact_may_have(seed: Seed) -> None:
    await seed.policy(max_offers=1)
    await seed.offered()
    async with watched(seed) as step:
        contact, assignment = await seed.decline()
    assert step.types == ["CONTACT_DECLINED", "CONTACT_EXPIRED"]
    assert contact.state == contact_pb2.CONTACT_STATE_EXPIRED
    assert contact.end_reason == contact_pb2.END_REASON_MAX_OFFERS
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_DECLINED
    await repeats(seed, lambda request: seed.decline(request=request))


async def test_an_offer_that_outlived_the_wait_ends_it(seed: Seed) -> None:
    await seed.policy(max_wait=1_000)
    await seed.offered()
    await seed.advance(5_000)
    await seed.decline()
    await seed.fire()
    contact = await seed.store.contacts.get_contact(seed.center, "call")
    assert contact.state == contact_pb2.CONTACT_STATE_EXPIRED


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.offered()
    reply = await replays(seed, lambda request: seed.decline(request=request))
    await repeats(seed, lambda request: seed.decline(request=request))
    await seed.agent("ben")
    assert await seed.match() == [("call", 2, "ben")]
    _, assignment = await seed.decline(number=1)
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_DECLINED, "the answer is about the assignment quoted"
    assert await replays(seed, lambda request: seed.decline(request=request)) == reply


async def test_refusals(seed: Seed) -> None:
    await seed.offered()
    await refuses(seed, lambda r: seed.decline("nobody", 1, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.decline("call", 2, r), "RESOURCE_NOT_FOUND")
    await seed.requeue()
    await refuses(seed, lambda r: seed.decline("call", 1, r), "STALE_ASSIGNMENT", state="REVOKED")
    assert await seed.match() == [("call", 2, "ann")]
    await seed.accept(number=2)
    await refuses(seed, lambda r: seed.decline("call", 2, r), "WRONG_STATE", state="ACTIVE")
