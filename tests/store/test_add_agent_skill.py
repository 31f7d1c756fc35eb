import pytest

from acd.v1 import agent_pb2
from acd_server.store import RequestKey
from acd_server.store import agents as agent_store
from tests.store.seeds import Seed
from tests.store.steps import agent_free, changes, refuses, repeats, replays


async def add(
    seed: Seed, request: RequestKey | None = None, skill: str = "english", level: int = 2, agent: str = "ann"
) -> agent_pb2.Agent:
    return await seed.store.agents.add_agent_skill(seed.center, agent, skill, level, request=request)


async def test_the_agent_can_take_at_once_what_needs_it(seed: Seed) -> None:
    await seed.agent("ann", {"sales": 1})
    await seed.enqueue("call", {"english": 2})
    keys = {"agent:ann", "agent_skills", "skill_agents:english", "signed_in:english", "clock", "events", "marked"}
    keys |= {"candidates:VOICE|english=2|"} | (agent_free("english") - agent_free())
    async with changes(seed, keys, "AGENT_UPDATED"):
        found = await add(seed)
    assert [(skill.skill_id, skill.level) for skill in found.skills] == [("sales", 1), ("english", 2)]
    assert await seed.match() == [("call", 1, "ann")]


async def test_another_level(seed: Seed) -> None:
    await seed.agent("ann", {"english": 9})
    await seed.enqueue("call", {"english": 5})
    async with changes(seed, {"agent:ann", "agent_skills", "signed_in:english", "clock", "events"}, "AGENT_UPDATED"):
        await add(seed, level=4)
    assert await seed.match() == []
    await add(seed, level=5)
    assert await seed.match() == [("call", 1, "ann")]


async def test_it_may_be_repeated_and_replayed(seed: Seed) -> None:
    await seed.agent("ann")
    await replays(seed, lambda request: add(seed, request))
    await repeats(seed, lambda request: add(seed, request))


async def test_refusals(seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    await seed.agent("ann", {"sales": 1, "billing": 1})
    await refuses(seed, lambda r: add(seed, r, agent="ben"), "RESOURCE_NOT_FOUND")
    await refuses(seed, lambda r: add(seed, r, "golf"), "RESOURCE_NOT_FOUND")
    monkeypatch.setattr(agent_store, "MAX_AGENT_SKILLS", 2)
    name = f"centers/{seed.center}/agents/ann/skills"
    await refuses(seed, lambda r: add(seed, r), "LIMIT_EXCEEDED", name=name, limit="2")
    await add(seed, skill="sales", level=7)
    await seed.store.skills.delete_skill(seed.center, "sales", force=False, request=None)
    await refuses(seed, lambda r: add(seed, r, "sales"), "SKILL_DELETING")
