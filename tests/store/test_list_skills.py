from acd_server.store import Store
from tests.store.seeds import Seed
from tests.store.steps import refuses, watched


async def test_pages_by_id(seed: Seed) -> None:
    skills = seed.store.skills
    async with watched(seed) as step:
        first, after = await skills.list_skills(seed.center, after="", limit=2)
        rest, end = await skills.list_skills(seed.center, after=after, limit=2)
    assert [skill.display_name for skill in first + rest] == ["Billing", "English", "Sales"]
    assert (after, end) == ("english", "")
    assert not step.keys


async def test_a_skill_that_is_being_deleted_says_so(seed: Seed) -> None:
    await seed.store.skills.delete_skill(seed.center, "english", force=False, request=None)
    found, _ = await seed.store.skills.list_skills(seed.center, after="", limit=9)
    assert [skill.deleting for skill in found] == [False, True, False]


async def test_none_and_refusals(store: Store, seed: Seed) -> None:
    assert await store.skills.list_skills(seed.center, after="sales", limit=2) == ([], "")
    ghost = Seed(store, "ghost")
    await refuses(ghost, lambda _: store.skills.list_skills("ghost", after="", limit=2), "RESOURCE_NOT_FOUND")
