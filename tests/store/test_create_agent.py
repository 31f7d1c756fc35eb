import pytest

from acd.v1 import agent_pb2
from acd_server.store import RequestKey
from acd_server.store import agents as agent_store
from tests.store.seeds import Seed
from tests.store.steps import changes, document, refuses, replays

NEW = {"agent:ann", "agents", "agents:OFFLINE", "agent_skills", "clock", "events"}


async def create(
    seed: Seed, request: RequestKey | None = None, skills: dict[str, int] | None = None
) -> agent_pb2.Agent:
    return await seed.store.agents.create_agent(
        seed.center, "ann", display_name="Ann", skills=skills or {}, request=request
    )


async def test_an_agent_is_created_offline(seed: Seed) -> None:
    keys = NEW | {"skill_agents:billing", "skill_agents:sales"}
    async with changes(seed, keys, "AGENT_CREATED") as step:
        found = await create(seed, skills={"sales": 10, "billing": 1})
    assert found.presence == agent_pb2.PRESENCE_OFFLINE
    assert found.activity == agent_pb2.ACTIVITY_IDLE
    assert [(skill.skill_id, skill.level) for skill in found.skills] == [("sales", 10), ("billing", 1)]
    assert not found.HasField("idle_time")
    assert found.create_time == found.update_time
    assert found.sequence == int(step.after["clock"]["sequence"])
    assert step.after["agent_skills"] == {"ann": ",sales=10,billing=1,"}


async def test_without_skills_the_list_is_empty_and_a_list(seed: Seed) -> None:
    async with changes(seed, NEW, "AGENT_CREATED") as step:
        await create(seed)
    found = document(step.after, "agent:ann")
    assert found["skills"] == []
    assert found["held"] == []


async def test_it_may_be_replayed(seed: Seed) -> None:
    await replays(seed, lambda request: create(seed, request, {"sales": 1}))


async def test_refusals(seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"centers/{seed.center}"
    await refuses(seed, lambda r: create(seed, r, {"golf": 1}), "RESOURCE_NOT_FOUND", name=f"{name}/skills/golf")
    await seed.store.skills.delete_skill(seed.center, "sales", force=False, request=None)
    await refuses(
        seed, lambda r: create(seed, r, {"billing": 1, "sales": 1}), "SKILL_DELETING", name=f"{name}/skills/sales"
    )
    await create(seed)
    await refuses(seed, lambda r: create(seed, r), "RESOURCE_EXISTS", name=f"{name}/agents/ann")
    await seed.store.agents.delete_agent(seed.center, "ann", request=None)
    await seed.agent("ben")
    monkeypatch.setattr(agent_store, "MAX_AGENTS", 1)
    await refuses(seed, lambda r: create(seed, r), "LIMIT_EXCEEDED", name=f"{name}/agents", limit="1")
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda r: create(ghost, r), "RESOURCE_NOT_FOUND", name="centers/ghost")
