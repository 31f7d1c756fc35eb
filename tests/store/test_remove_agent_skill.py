from acd.v1 import agent_pb2
from acd_server.store import RequestKey
from tests.store.seeds import Seed
from tests.store.steps import agent_free, changes, refuses, repeats, replays


async def remove(seed: Seed, request: RequestKey | None = None, agent: str = "ann") -> agent_pb2.Agent:
    return await seed.store.agents.remove_agent_skill(seed.center, agent, "english", request=request)


async def test_the_agent_is_not_offered_what_needs_it(seed: Seed) -> None:
    await seed.enqueue("call", {"english": 2})
    await seed.agent("ann", {"english": 2, "sales": 1})
    keys = {"agent:ann", "agent_skills", "skill_agents:english", "signed_in:english", "clock", "events"}
    async with changes(seed, keys | (agent_free("english") - agent_free()), "AGENT_UPDATED"):
        found = await remove(seed)
    assert [skill.skill_id for skill in found.skills] == ["sales"]
    assert await seed.match() == []


async def test_an_offer_already_made_stands(seed: Seed) -> None:
    await seed.offered(skills={"english": 2})
    keys = {"agent:ann", "agent_skills", "skill_agents:english", "signed_in:english", "clock", "events"}
    async with changes(seed, keys, "AGENT_UPDATED"):
        await remove(seed)
    await seed.accept()


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.agent("ann", {"english": 2})
    await replays(seed, lambda request: remove(seed, request))
    await repeats(seed, lambda request: remove(seed, request))


async def test_refusals(seed: Seed) -> None:
    await refuses(seed, lambda r: remove(seed, r), "RESOURCE_NOT_FOUND", name=f"centers/{seed.center}/agents/ann")
