from acd.v1 import agent_pb2
from tests.store.seeds import Seed
from tests.store.steps import refuses, watched


async def test_activity_follows_from_what_the_agent_holds(seed: Seed) -> None:
    async def doing() -> agent_pb2.Activity.ValueType:
        return (await seed.store.agents.get_agent(seed.center, "ann")).activity

    await seed.offered()
    assert await doing() == agent_pb2.ACTIVITY_RESERVED
    await seed.accept()
    assert await doing() == agent_pb2.ACTIVITY_BUSY
    await seed.complete()
    assert await doing() == agent_pb2.ACTIVITY_WRAP_UP
    await seed.finish()
    assert await doing() == agent_pb2.ACTIVITY_IDLE


async def test_reading_changes_nothing(seed: Seed) -> None:
    await seed.offered(skills={"sales": 2})
    async with watched(seed) as step:
        found = await seed.store.agents.get_agent(seed.center, "ann")
    assert found.name == f"centers/{seed.center}/agents/ann"
    assert list(found.assignments) == [f"centers/{seed.center}/contacts/call/assignments/1"]
    assert not step.keys


async def test_refusals(seed: Seed) -> None:
    name = f"centers/{seed.center}/agents/ann"
    await refuses(seed, lambda _: seed.store.agents.get_agent(seed.center, "ann"), "RESOURCE_NOT_FOUND", name=name)
