import pytest

from acd.v1 import skill_pb2
from acd_server.store import RequestKey, scripts
from acd_server.store import skills as skill_store
from tests.store.seeds import Seed
from tests.store.steps import changes, document, refuses, replays


async def create(
    seed: Seed, request: RequestKey | None = None, skill: str = "golf", name: str = "Golf"
) -> skill_pb2.Skill:
    return await seed.store.skills.create_skill(seed.center, skill, display_name=name, request=request)


async def test_a_skill_is_created(seed: Seed) -> None:
    async with changes(seed, {"skill:golf", "skills", "live_skills", "clock", "events"}, "SKILL_CREATED") as step:
        found = await create(seed)
    assert found.name == f"centers/{seed.center}/skills/golf"
    assert not found.deleting
    assert found.sequence == int(step.after["clock"]["sequence"])
    assert document(step.after, "skill:golf")["display_name"] == "Golf"


async def test_it_may_be_replayed(seed: Seed) -> None:
    await replays(seed, lambda request: create(seed, request))


async def test_refusals(seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"centers/{seed.center}/skills/billing"
    await refuses(seed, lambda r: create(seed, r, "billing"), "RESOURCE_EXISTS", name=name)
    await seed.store.skills.delete_skill(seed.center, "billing", force=False, request=None)
    await refuses(seed, lambda r: create(seed, r, "billing"), "RESOURCE_EXISTS", name=name)
    monkeypatch.setattr(skill_store, "MAX_SKILLS", 3)
    await refuses(seed, lambda r: create(seed, r), "LIMIT_EXCEEDED", limit="3")
    ghost = Seed(seed.store, "ghost")
    await refuses(ghost, lambda r: create(ghost, r), "RESOURCE_NOT_FOUND", name="centers/ghost")


async def test_the_limit_itself_is_allowed(seed: Seed) -> None:
    await scripts.create_skill(
        seed.store.client, seed.center, skill_id="golf", display_name="", max_skills=4, request_id="", fingerprint=""
    )
