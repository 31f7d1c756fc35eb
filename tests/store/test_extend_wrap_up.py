from acd.v1 import agent_pb2, contact_pb2
from tests.store.seeds import SECOND, WRAP_UP, Seed
from tests.store.steps import changes, refuses, repeats, replays, watched

LIMIT = 2 * WRAP_UP


async def wrapping(seed: Seed) -> int:
    """In wrap-up; returns when it began."""
    await seed.policy(wrap_up_limit=LIMIT)
    await seed.wrapping()
    contact = await seed.store.contacts.get_contact(seed.center, "call")
    return contact.assignment.service_end_time.ToMicroseconds()


async def test_it_lasts_longer(seed: Seed) -> None:
    began = await wrapping(seed)
    await seed.advance(10 * SECOND)
    async with changes(seed, {"contact:call", "deadlines", "clock", "events"}, "WRAP_UP_EXTENDED") as step:
        contact, assignment = await seed.extend(remaining=WRAP_UP)
    assert assignment.deadline.ToMicroseconds() == seed.now + WRAP_UP
    assert assignment.wrap_up_limit_time.ToMicroseconds() == began + LIMIT
    assert contact.state == contact_pb2.CONTACT_STATE_WRAP_UP
    assert step.after["deadlines"] == {"wrap:call:1": seed.now + WRAP_UP}
    await seed.advance(WRAP_UP)
    await seed.fire()
    agent = await seed.store.agents.get_agent(seed.center, "ann")
    assert agent.activity == agent_pb2.ACTIVITY_IDLE


async def test_it_never_gets_shorter(seed: Seed) -> None:
    began = await wrapping(seed)
    async with changes(seed, {"clock"}):
        _, assignment = await seed.extend(remaining=SECOND)
    assert assignment.deadline.ToMicroseconds() == began + WRAP_UP


async def test_its_limit(seed: Seed) -> None:
    """As far as the limit goes; there nothing can be added, but what is left may be asked for."""
    began = await wrapping(seed)
    _, assignment = await seed.extend(remaining=10 * LIMIT)
    assert assignment.deadline.ToMicroseconds() == began + LIMIT
    name = f"centers/{seed.center}/contacts/call/assignments/1"
    await refuses(seed, lambda r: seed.extend("call", 1, r, remaining=10 * LIMIT), "LIMIT_EXCEEDED", name=name)
    await refuses(seed, lambda r: seed.extend("call", 1, r, remaining=10 * LIMIT), "LIMIT_EXCEEDED", limit="60s")
    await repeats(seed, lambda request: seed.extend(request=request))


async def test_it_may_be_replayed(seed: Seed) -> None:
    await wrapping(seed)
    await seed.advance(SECOND)
    await replays(seed, lambda request: seed.extend(request=request))


async def test_after_a_transfer_the_contact_outlives_it(seed: Seed) -> None:
    await seed.policy(wrap_up_limit=LIMIT, retention=SECOND)
    await seed.active()
    await seed.requeue()
    await seed.abandon()
    async with watched(seed) as step:
        _, assignment = await seed.extend(remaining=LIMIT)
    assert step.after["deadlines"]["retain:call"] == assignment.deadline.ToMicroseconds() + 1
    await seed.finish()


async def test_refusals(seed: Seed) -> None:
    await seed.active()
    await refuses(seed, lambda r: seed.extend("nobody", 1, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.extend("call", 2, r), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: seed.extend("call", 1, r), "WRONG_STATE", state="ACTIVE")
    await seed.complete()
    await seed.finish()
    await refuses(seed, lambda r: seed.extend("call", 1, r), "WRONG_STATE", state="COMPLETED")
