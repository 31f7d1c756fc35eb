from acd.v1 import agent_pb2, center_pb2, contact_pb2
from acd_server.store import RequestKey
from tests.store.seeds import Seed
from tests.store.steps import changes, refuses, repeats, replays, watched


async def open_(seed: Seed, request: RequestKey | None = None, *, make_available: bool = False) -> center_pb2.Center:
    return await seed.store.centers.open_center(seed.center, make_available=make_available, request=request)


async def close(seed: Seed, *, expire: bool = False) -> None:
    await seed.store.centers.close_center(seed.center, expire_waiting=expire, request=None)


async def test_an_opened_center_offers_what_waited(seed: Seed) -> None:
    await seed.enqueue("call")
    await seed.agent("ann")
    await close(seed)
    async with changes(seed, {"center", "clock", "events"}, "CENTER_OPENED"):
        found = await open_(seed)
    assert found.state == center_pb2.CENTER_STATE_OPEN
    assert await seed.match() == [("call", 1, "ann")]


async def test_agents_who_are_not_ready_become_available_in_steps(seed: Seed) -> None:
    for name in ("a", "b", "c", "d"):
        await seed.agent(name, presence="NOT_READY")
    await seed.agent("off", presence="OFFLINE")
    await close(seed)
    async with changes(seed, {"center", "clock", "events", "jobs", "deadlines"}, "CENTER_OPENED"):
        await open_(seed, make_available=True)
    await seed.state("d", "NOT_READY", "lunch")  # after the opening: his own wish, which stands
    await seed.advance(10)
    async with watched(seed) as step:
        assert await seed.fire(2) == (1, True)
    assert step.types == ["AGENT_STATE_CHANGED"] * 2
    await seed.advance(10)
    async with watched(seed) as step:
        await seed.fire(2)
    assert step.types == ["AGENT_STATE_CHANGED"]
    await seed.advance(10)
    async with watched(seed) as step:
        await seed.fire(2)
    assert step.types == ["CENTER_SETTLED"]
    assert "jobs" not in step.after
    assert step.after["agents:AVAILABLE"].keys() == {"a", "b", "c"}
    agent = await seed.store.agents.get_agent(seed.center, "d")
    assert agent.presence == agent_pb2.PRESENCE_NOT_READY


async def test_opening_ends_the_job_of_a_closing(seed: Seed) -> None:
    await seed.enqueue("call")
    await close(seed, expire=True)
    async with changes(seed, {"center", "clock", "events", "jobs", "deadlines"}, "CENTER_OPENED") as step:
        await open_(seed)
    assert step.after["deadlines"].keys() == {"maxwait:call"}
    await seed.advance(10)
    await seed.fire()
    contact = await seed.store.contacts.get_contact(seed.center, "call")
    assert contact.state == contact_pb2.CONTACT_STATE_QUEUED


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await close(seed)
    await replays(seed, lambda request: open_(seed, request, make_available=True))
    await repeats(seed, lambda request: open_(seed, request, make_available=True))


async def test_refusals(seed: Seed) -> None:
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda r: open_(ghost, r), "RESOURCE_NOT_FOUND", name="centers/ghost")
