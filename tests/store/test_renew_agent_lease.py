"""The lease of an agent's presence: renewed, run out, late, ended by signing out."""

from acd.v1 import agent_pb2, contact_pb2
from tests.store.seeds import SECOND, Seed
from tests.store.steps import QUEUE, changes, refuses, watched

LEASE = 30 * SECOND


async def renew(seed: Seed, agent: str = "ann") -> int:
    found = await seed.store.agents.renew_agent_lease(seed.center, agent)
    assert found.agent_lease.ToMicroseconds() == LEASE
    return found.expire_time.ToMicroseconds()


async def test_it_counts_from_now(seed: Seed) -> None:
    await seed.agent("ann")
    async with changes(seed, {"deadlines", "clock"}) as step:
        due = await renew(seed)
    assert step.after["deadlines"] == {"lease:ann": due}
    assert due >= seed.now + LEASE
    await seed.advance(10 * SECOND)
    async with changes(seed, {"deadlines", "clock"}) as step:
        assert await renew(seed) == seed.now + LEASE
    assert step.after["deadlines"] == {"lease:ann": seed.now + LEASE}
    async with changes(seed, {"clock"}) as step:
        await renew(seed)
    assert int(step.after["clock"]["touches"]) == int(step.before["clock"]["touches"]) + 1


async def test_what_the_end_of_a_lease_changes(seed: Seed) -> None:
    await seed.active()
    due = await renew(seed)
    await seed.set_clock(due)
    keys = {"agent:ann", "contact:call", "agents:AVAILABLE", "agents:OFFLINE", "deadlines", "clock", "events"}
    async with changes(seed, keys, "AGENT_STATE_CHANGED", "CONTACT_AGENT_LOST") as step:
        await seed.fire()
    assert "lease:ann" not in step.after["deadlines"]
    found = await seed.store.contacts.get_contact(seed.center, "call")
    assert (found.state, found.assignment.agent_lost) == (contact_pb2.CONTACT_STATE_ACTIVE, True)
    agent = await seed.store.agents.get_agent(seed.center, "ann")
    assert (agent.presence, agent.presence_reason) == (agent_pb2.PRESENCE_OFFLINE, "LEASE_EXPIRED")
    await refuses(seed, lambda _: renew(seed), "WRONG_STATE", name=f"centers/{seed.center}/agents/ann", state="OFFLINE")
    keys -= {"deadlines"}
    async with changes(seed, keys, "AGENT_STATE_CHANGED", "CONTACT_UPDATED"):
        await seed.state("ann", "AVAILABLE")
    assert not (await seed.store.contacts.get_contact(seed.center, "call")).assignment.agent_lost


async def test_an_open_offer_is_taken_back(seed: Seed) -> None:
    await seed.policy(agent_lease=LEASE // 3)
    await seed.offered()
    found = await seed.store.agents.renew_agent_lease(seed.center, "ann")
    await seed.set_clock(found.expire_time.ToMicroseconds())
    keys = {"agent:ann", "contact:call", "agents:AVAILABLE", "agents:OFFLINE", "counts", "class:VOICE||"} | QUEUE
    keys |= {"contacts:OFFERED", "contacts:QUEUED", "waiting_classes"}
    async with changes(seed, keys, "AGENT_STATE_CHANGED", "CONTACT_REVOKED"):
        await seed.fire()
    contact = await seed.store.contacts.get_contact(seed.center, "call")
    assert contact.assignment.revoke_reason == contact_pb2.REVOKE_REASON_AGENT_LEFT


async def test_a_late_router_extends_it_by_its_delay(seed: Seed) -> None:
    await seed.agent("ann")
    await seed.set_clock(await renew(seed) + 5 * SECOND)
    async with changes(seed, {"deadlines"}) as step:
        await seed.fire()
    assert step.after["deadlines"] == {"lease:ann": seed.now + 5 * SECOND}


async def test_signing_out_ends_it(seed: Seed) -> None:
    await seed.agent("ann")
    await renew(seed)
    await seed.state("ann", "NOT_READY", "lunch")
    async with watched(seed) as step:
        await seed.state("ann", "OFFLINE")
    assert "deadlines" not in step.after
    await seed.command("ZADD", "@deadlines", seed.now - 1, "lease:ann")
    await seed.command("ZADD", "@deadlines", seed.now - 1, "lease:gone")
    assert await seed.fire() == (2, False)


async def test_refusals(seed: Seed) -> None:
    await refuses(seed, lambda _: renew(seed, "gone"), "RESOURCE_NOT_FOUND", name=f"centers/{seed.center}/agents/gone")
    await seed.agent("ann", presence="OFFLINE")
    await refuses(seed, lambda _: renew(seed), "WRONG_STATE", state="OFFLINE")
