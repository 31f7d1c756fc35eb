from typing import Any

from acd_server.store import RequestKey
from tests.store.seeds import Seed
from tests.store.steps import agent_free, changes, refuses, replays


async def update(
    seed: Seed,
    request: RequestKey | None = None,
    *,
    display_name: str | None = None,
    skills: dict[str, int] | None = None,
) -> Any:
    return await seed.store.agents.update_agent(
        seed.center, "ann", display_name=display_name, skills=skills, request=request
    )


async def test_the_name_alone(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1})
    async with changes(seed, {"agent:ann", "clock", "events"}, "AGENT_UPDATED"):
        found = await update(seed, display_name="Anna")
    assert found.display_name == "Anna"
    assert [skill.skill_id for skill in found.skills] == ["billing"]


async def test_skills_hold_at_once_and_idle_time_stays(seed: Seed) -> None:
    await seed.agent("ann", {"billing": 1, "sales": 1})
    await seed.enqueue("call", {"english": 2})
    assert await seed.match() == []
    gone, come = agent_free("billing") - agent_free(), agent_free("english") - agent_free()
    keys = {"agent:ann", "agent_skills", "skill_agents:billing", "skill_agents:english", "clock", "events"}
    keys |= {"signed_in:billing", "signed_in:english"}
    before = await seed.store.agents.get_agent(seed.center, "ann")
    async with changes(seed, keys | gone | come | {"candidates:VOICE|english=2|", "marked"}, "AGENT_UPDATED"):
        found = await update(seed, skills={"sales": 1, "english": 2})
    assert found.idle_time == before.idle_time
    assert found.display_name == "Ann"
    assert await seed.match() == [("call", 1, "ann")]


async def test_a_candidate_who_loses_the_skill_is_passed_over(seed: Seed) -> None:
    await seed.enqueue("call", {"english": 2})
    await seed.agent("ann", {"english": 2})
    await update(seed, skills={})
    assert await seed.match() == []


async def test_an_offer_already_made_stands(seed: Seed) -> None:
    await seed.offered(skills={"english": 2})
    keys = {"agent:ann", "agent_skills", "skill_agents:english", "signed_in:english", "clock", "events"}
    async with changes(seed, keys, "AGENT_UPDATED"):
        await update(seed, skills={})
    await seed.accept()


async def test_it_may_be_replayed_and_repeated(seed: Seed) -> None:
    await seed.agent("ann")
    await replays(seed, lambda request: update(seed, request, skills={"sales": 3}, display_name=""))
    async with changes(seed, {"agent:ann", "clock", "events"}, "AGENT_UPDATED"):
        await update(seed, skills={"sales": 3}, display_name="")


async def test_refusals(seed: Seed) -> None:
    await refuses(seed, lambda r: update(seed, r, display_name="x"), "RESOURCE_NOT_FOUND")
    await seed.agent("ann", {"sales": 1})
    await refuses(seed, lambda r: update(seed, r, skills={"golf": 1}), "RESOURCE_NOT_FOUND")
    await seed.store.skills.delete_skill(seed.center, "sales", force=False, request=None)
    await refuses(seed, lambda r: update(seed, r, skills={"sales": 2}), "SKILL_DELETING")
    await update(seed, display_name="still possible")
