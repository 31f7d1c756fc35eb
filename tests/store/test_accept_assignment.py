from acd.v1 import contact_pb2
from tests.store.seeds import MAX_ACTIVE, OFFER, Seed
from tests.store.steps import changes, document, refuses, repeats, replays


async def test_accept_makes_contact_and_agent_active(seed: Seed) -> None:
    await seed.offered(attributes={"a": "b"})
    keys = {
        "contact:call",
        "agent:ann",
        "contacts:OFFERED",
        "contacts:ACTIVE",
        "counts",
        "deadlines",
        "clock",
        "events",
    }
    async with changes(seed, keys, "CONTACT_ACCEPTED") as step:
        contact, assignment = await seed.accept()
    assert contact.state == contact_pb2.CONTACT_STATE_ACTIVE
    assert dict(contact.attributes) == {"a": "b"}
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_ACTIVE
    assert assignment.accept_time == contact.update_time
    assert step.events[0]["assignment"] == "1"
    at = int(step.events[0]["time"])
    assert step.after["deadlines"] == {"maxactive:call:1": at + MAX_ACTIVE}
    assert document(step.after, "agent:ann")["held"] == [
        {"contact": "call", "n": 1, "state": "ACTIVE", "channel": "VOICE", "cost": 100}
    ]


async def test_an_overdue_offer_that_nobody_ended_can_be_accepted(seed: Seed) -> None:
    await seed.offered()
    await seed.advance(10 * OFFER)
    _, assignment = await seed.accept()
    assert assignment.state == contact_pb2.ASSIGNMENT_STATE_ACTIVE


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.offered(attributes={"a": "b"})
    await replays(seed, lambda request: seed.accept(request=request))
    await repeats(seed, lambda request: seed.accept(request=request))


async def test_a_replay_tells_what_was_then(seed: Seed) -> None:
    await seed.offered()
    request_reply = await replays(seed, lambda request: seed.accept(request=request))
    await seed.complete()
    assert await replays(seed, lambda request: seed.accept(request=request)) == request_reply


async def test_refusals(seed: Seed) -> None:
    await seed.offered()
    name = f"centers/{seed.center}/contacts/call/assignments/1"
    await refuses(seed, lambda r: seed.accept("nobody", 1, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.accept("call", 2, r), "RESOURCE_NOT_FOUND", name=name[:-1] + "2")
    await seed.decline()
    await refuses(seed, lambda r: seed.accept("call", 1, r), "STALE_ASSIGNMENT", name=name, state="DECLINED")
    await seed.advance(2 * OFFER)
    await seed.fire()
    assert await seed.match() == [("call", 2, "ann")]
    await seed.accept(number=2)
    await seed.complete(number=2)
    await refuses(seed, lambda r: seed.accept("call", 2, r), "WRONG_STATE", state="WRAP_UP")
    await seed.finish(number=2)
    await refuses(seed, lambda r: seed.accept("call", 2, r), "WRONG_STATE", state="COMPLETED")


async def test_an_assignment_that_is_no_longer_remembered_is_stale(seed: Seed) -> None:
    await seed.policy(retry_delay=0)
    await seed.offered()
    for number in range(1, 17):
        await seed.decline(number=number)
        assert await seed.match() == [("call", number + 1, "ann")]
    await refuses(seed, lambda r: seed.accept("call", 1, r), "STALE_ASSIGNMENT", state="")
    await seed.accept(number=17)
